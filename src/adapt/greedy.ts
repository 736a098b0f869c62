import { type LoadEstimate, LoadEstimator } from '../dispatch/index.ts';
import {
  formatTuples,
  type Group,
  type LoadPlanner,
  type LoadPrediction,
  type SetRuns,
} from '../plan/index.ts';
import { loadingSlowdown } from './change-cost.ts';
import type { Moment, Proposal, Strategy } from './types.ts';

/** What following the load is held to. */
export interface GreedyOptions {
  readonly planner: LoadPlanner;
  /** What a change of the set costs. */
  readonly cost: (
    from: readonly Group[],
    to: readonly Group[],
    present: LoadPrediction,
    standby: readonly number[],
  ) => ChangeCost;
  /** Another set counts as better when its score is lower by this share at least. Default 0.05. */
  readonly margin?: number;
  /** What waits beyond the batches of one round is to be done within so many ms. Default 5,000. */
  readonly drainMs?: number;
}

/** What changing from one set to another costs. */
export interface ChangeCost {
  /** Until the new instances take over, in ms; 0 where none is started. */
  readonly durationMs: number;
  /** Batches take so many times longer meanwhile. */
  readonly slowdown: number;
}

/** What waits grows by hundreds a second where far more comes than a set answers: a strategy that is asked at once has less to catch up with. */
export const pressedMs = 200;
/** Whatever a change costs by calculation, it is worth the score of so many ms of requests at least. */
const cautionMs = 1000;
/** A change is hardly noticed where it makes requests slower by less than this. */
const quietFactor = 1.3;
/** … even if the load, which may have begun just now, goes on for a minute. */
const lastingMs = 60_000;
/** A load that has just begun is taken to last for so long, in ms: within its first second every set seems to bear it. */
const leastWindowMs = 4000;
/** A stretch without a check counts for no more. */
const longestStepMs = 5000;
/** So much more than what comes a set is to bear that was chosen for other times. */
const bornFactor = 1.1;
export const defaultMargin = 0.05;
const defaultDrainMs = 5000;

/**
 * Follows the load as it is now: at each check every set is predicted at the load that is estimated, lasting as long as it has lasted. What each
 * one's score (p99 and mean) is lower by, times the requests since the last check, is added up, never below zero. The set whose sum exceeds the cost of the change is
 * proposed, so no two changes follow each other without as much gain between them.
 */
export class Greedy implements Strategy {
  readonly name = 'greedy';
  readonly pressedMs = pressedMs;
  private readonly options: GreedyOptions;
  private readonly estimator = new LoadEstimator();
  /** By candidate: ms of the score times requests. */
  private readonly regret: number[];
  private lastMs: number | null = null;
  private latest: LoadEstimate | null = null;
  private judged: Judged | null = null;

  constructor(options: GreedyOptions) {
    this.options = options;
    this.regret = options.planner.candidates.map(() => 0);
  }

  /** What was estimated at the last check; null before the first. */
  get estimate(): LoadEstimate | null {
    return this.latest;
  }

  /** Loads come and go: one that has just begun is taken to last no longer than it has. */
  isRestless = false;
  /** Whether the set in force answered as fast as requests come, by prediction, at the last check. */
  keepsUp = true;
  /** Share of the cores' time that batches took, by prediction, at the last check. */
  busyShare = 1;
  /** Whether a change at the last check would have been hardly noticed. */
  quiet = true;

  arrived(items: number, nowMs: number, length?: number): void {
    this.estimator.arrived(items, nowMs, length);
  }

  cut(): void {}

  check({ nowMs, groups, waiting, standby, loading }: Moment): Proposal | null {
    const { planner, margin = defaultMargin } = this.options;
    const stepMs = Math.min(longestStepMs, Math.max(0, nowMs - (this.lastMs ?? nowMs)));
    this.lastMs = nowMs;
    this.latest = this.estimator.estimate(nowMs);
    const expected = {
      ...upperOf(this.latest),
      windowMs: Math.max(this.isRestless ? 0 : leastWindowMs, this.latest.windowMs),
    };
    const load = this.withBacklog(expected, groups, waiting);
    const perMs = load.requestsPerSecond / 1000;
    if (perMs === 0) return null;
    const sets = planner.under(load);
    const present = sets.predict(groups);
    this.judged = { groups, load, present, standby };
    this.keepsUp = present.keepsUp;
    this.busyShare = present.busyShare;
    const lasting = { ...load, windowMs: lastingMs };
    const slowed = this.slowed(groups, lasting, loadingSlowdown(1));
    this.quiet = slowed.keepsUp && slowed.scoreMs < quietFactor * planner.predict(groups, lasting).scoreMs;
    const name = planner.nameOf(groups);
    let best: { groups: readonly Group[]; excess: number; prediction: LoadPrediction } | null = null;
    for (const [at, candidate] of planner.candidates.entries()) {
      if (planner.nameOf(candidate) === name) {
        this.regret[at] = 0;
        continue;
      }
      const bar = (1 - margin) * present.scoreMs;
      const atLeastMs = present.keepsUp ? planner.atLeastMs(candidate, load) : 0;
      if (atLeastMs >= bar) {
        // It can't be better: no need to know by how much it is worse.
        this.regret[at] = Math.max(0, this.regret[at]! - Math.min(atLeastMs - bar, bar) * stepMs * perMs);
        continue;
      }
      const weight = stepMs * perMs;
      // So high a score brings its sum to zero, and how much higher it is does not matter.
      const mostMs = weight === 0 ? bar : bar + this.regret[at]! / weight;
      const prediction = sets.predictBelow(candidate, justAbove(mostMs));
      if (prediction === null) {
        if (weight > 0) this.regret[at] = 0;
        continue;
      }
      const gain = bar - prediction.scoreMs;
      this.regret[at] = Math.max(0, this.regret[at]! + gain * stepMs * perMs);
      if (gain <= 0) continue;
      const { slowerMs, urgent, atHand } = this.wayTo(
        candidate,
        { groups, load, present, standby },
        prediction,
      );
      if (loading && !atHand && !urgent) continue;
      const costs = (slowerMs + cautionMs * prediction.scoreMs) * perMs;
      const excess = this.regret[at]! - costs;
      if (excess > 0 && (best === null || excess > best.excess))
        best = { groups: candidate, excess, prediction };
    }
    if (best === null) return null;
    const widest = this.widened(best.groups, best.prediction, sets);
    const predicted = { beforeP99Ms: present.p99Ms, afterP99Ms: sets.predict(widest).p99Ms };
    const reason = reasonOf(this.latest, widest, predicted);
    const { urgent } = this.wayTo(widest, { groups, load, present, standby }, sets.predict(widest));
    return { groups: widest, reason, predicted, urgent, prepares: false };
  }

  /**
   * How another set is best loaded: in what serving leaves, which may take long, or at once, which makes batches slower; whichever costs less,
   * with what is lost by having the present set for as long.
   */
  private wayTo(
    to: readonly Group[],
    { groups, load, present, standby }: Judged,
    after: LoadPrediction,
  ): Way {
    const wayWith = (keepsUp: boolean): Way => {
      const { durationMs, slowdown } = this.options.cost(groups, to, { ...present, keepsUp }, standby);
      // No longer than loading takes: where more comes than the set answers, each second adds to what waits. In what serving leaves that may be
      // long, and the load is taken to stay: it must be borne.
      const windowMs = Math.min(keepsUp ? lastingMs : load.windowMs, durationMs);
      const { scoreMs } = this.slowed(groups, { ...load, windowMs }, slowdown);
      const lostMs = durationMs * (scoreMs - after.scoreMs);
      const atHand = durationMs === 0;
      return {
        urgent: !keepsUp,
        atHand,
        lostMs,
        slowerMs: durationMs * Math.max(0, scoreMs - present.scoreMs),
      };
    };
    const urgent = wayWith(false);
    if (!present.keepsUp) return urgent;
    const patient = wayWith(true);
    return urgent.lostMs < patient.lostMs ? urgent : patient;
  }

  /** Whether another set, as of the last check, is better loaded at once than in what serving leaves. */
  isUrgent(to: readonly Group[]): boolean {
    const { judged } = this;
    if (judged === null) return false;
    return this.wayTo(to, judged, this.options.planner.predict(to, judged.load)).urgent;
  }

  /** Whether another set would answer as fast as requests come, as of the last check, and a tenth more. */
  bears(groups: readonly Group[]): boolean {
    if (this.judged === null) return true;
    return this.slowed(groups, { ...this.judged.load, windowMs: lastingMs }, bornFactor).keepsUp;
  }

  /** The set has been changed: what was lost before is over. */
  reset(): void {
    this.regret.fill(0);
  }

  /** The set while others are loaded beside it: as if so much more came. */
  private slowed(groups: readonly Group[], load: LoadEstimate, slowdown: number): LoadPrediction {
    return this.options.planner.predict(groups, {
      ...load,
      requestsPerSecond: load.requestsPerSecond * slowdown,
    });
  }

  /** The same instances with the largest batches that are about as good: they cost nothing now, and hold when more comes. */
  private widened(groups: readonly Group[], { scoreMs }: LoadPrediction, sets: SetRuns): readonly Group[] {
    const { planner, margin = defaultMargin } = this.options;
    const mostMs = (1 + margin) * scoreMs;
    const wide = planner.widerThan(groups).filter((set) => {
      const prediction = sets.predictBelow(set, justAbove(mostMs));
      return prediction !== null && prediction.scoreMs <= mostMs;
    });
    return wide.at(-1) ?? groups;
  }

  /** What waits is load that comes as well. */
  private withBacklog(load: LoadEstimate, groups: readonly Group[], waiting: number): LoadEstimate {
    const { drainMs = defaultDrainMs } = this.options;
    const round = groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0);
    const requests = Math.max(0, waiting - round) / load.itemsPerRequest;
    return { ...load, requestsPerSecond: load.requestsPerSecond + (1000 * requests) / drainMs };
  }
}

/**
 * The load one standard deviation above its estimate: of requests that come in so many, some more may have to be expected, and the more the shorter they have been
 * looked at. A set that is too weak for a while costs more than one that is too strong.
 */
function upperOf(load: LoadEstimate): LoadEstimate {
  const { requestsPerSecond, windowMs, burstiness } = load;
  const count = (requestsPerSecond * windowMs) / 1000;
  if (count === 0) return load;
  const deviation = Math.sqrt(Math.max(1, burstiness) / count);
  return { ...load, requestsPerSecond: requestsPerSecond * (1 + Math.min(1, deviation)) };
}

/** The set in force, what it does under a load, and what stands by. */
interface Judged extends Pick<Moment, 'groups' | 'standby'> {
  readonly load: LoadEstimate;
  readonly present: LoadPrediction;
}

/** How a set is loaded. */
interface Way {
  readonly urgent: boolean;
  /** Nothing has to be loaded. */
  readonly atHand: boolean;
  /** By how much requests have a higher score than they would with the other set, times how long that takes. */
  readonly lostMs: number;
  /** And than they have now. */
  readonly slowerMs: number;
}

function reasonOf(
  { requestsPerSecond, itemsPerRequest, itemLength, burstiness, windowMs }: LoadEstimate,
  groups: readonly Group[],
  { beforeP99Ms, afterP99Ms }: { readonly beforeP99Ms: number; readonly afterP99Ms: number },
): string {
  const items = itemsPerRequest === 1 ? '' : ` of ${short(itemsPerRequest)} items`;
  const long = short(itemLength) === '1' ? '' : `, ${short(itemLength)} times the usual length`;
  const bursts = burstiness > 1.5 ? `, in bursts (${short(burstiness)})` : '';
  return (
    `for ${short(windowMs / 1000)} s ${short(requestsPerSecond)} requests/s${items}${long}${bursts}: ` +
    `${formatTuples(groups)} is expected to have a p99 of ${short(afterP99Ms)} ms, the set in force ${short(beforeP99Ms)} ms`
  );
}

/** Enough above a number that what is not below it is above the number, however it was rounded. */
export const justAbove = (value: number): number => value * (1 + 1e-9);

/** Three digits. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));
