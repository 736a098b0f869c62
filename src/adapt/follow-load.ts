import type { LoadEstimate } from '../dispatch/index.ts';
import { formatTuples, type Group, instancesOf, type SetRuns, sameGroups } from '../plan/index.ts';
import { type Controller, type ServiceTime, type Stream, simulate } from '../simulate/index.ts';
import { mean, quantile, sortSamples } from '../stats/index.ts';
import { controllerOf, type LoadingModel } from './controller.ts';
import { defaultMargin, Greedy, type GreedyOptions, justAbove, pressedMs, short } from './greedy.ts';
import { lowest, type ScoredSet } from './lowest.ts';
import { peakSet, wantsLoading } from './peak-set.ts';
import { endOf, Recent } from './recent.ts';
import type { Moment, Proposal, Strategy } from './types.ts';

/** What following the load is held to. */
export interface FollowLoadOptions extends GreedyOptions {
  readonly cores: number;
  readonly serviceMs: ServiceTime;
  /** How changes come about, as far as is known now. */
  readonly change: () => LoadingModel;
  /** Instances that memory holds beside a set, as far as is known now. */
  readonly standbyRoom: () => number;
  /** So often, in ms, it is looked whether following pays. Default 60,000. */
  readonly reviewMs?: number;
}

/** Where following would change the set while it does not pay, it is looked at sooner. */
const soonestReviewMs = 5000;
/** … and where the set has been changed so often since the last time. */
const mostChanges = 4;
/** A load that has lasted for less has just begun. */
const settledMs = 5000;
const defaultReviewMs = 60_000;
const prepareEveryMs = 10_000;
/** What is to stand by is loaded while no more than this share of the cores is busy: nothing else can be changed meanwhile. */
const mostBusyShare = 0.5;
/** Fewer requests, or less time, say nothing of a pattern. */
const fewestRequests = 100;
const leastSpanMs = 30_000;
/** All sets are replayed on so many requests; the best of them on all. */
const firstRequests = 500;
const finalists = 4;
/** The follower looks at the load so often in a replay. */
const replayEveryMs = 1000;

/**
 * thinfer's own strategy: follows the load as it is now (`Greedy`), where that pays. Every minute the requests of the last minutes are
 * replayed: over each set alone, and over the follower with all its changes. Where one set alone would have had the lower score, as with bursts that
 * are over before a change is, that set is taken and kept until following is better again.
 */
export class FollowLoad implements Strategy {
  readonly name = 'load';
  readonly pressedMs = pressedMs;
  private readonly options: FollowLoadOptions;
  private readonly greedy: Greedy;
  private readonly recent = new Recent();
  private reviewedMs: number | null = null;
  /** Proposed since then. */
  private changes = 0;
  /** The set for the most load, and when it was last looked for. */
  private peak: readonly Group[] | null = null;
  private preparedMs: number | null = null;
  /** The set that is kept; null: the load is followed. */
  private kept: { readonly groups: readonly Group[]; readonly reason: string } | null = null;

  constructor(options: FollowLoadOptions) {
    this.options = options;
    this.greedy = new Greedy(options);
  }

  /** What was estimated at the last check; null before the first. */
  get estimate(): LoadEstimate | null {
    return this.greedy.estimate;
  }

  arrived(items: number, nowMs: number, length?: number): void {
    this.greedy.arrived(items, nowMs, length);
    this.recent.arrived(items, nowMs, length);
  }

  cut(): void {}

  check(moment: Moment): Proposal | null {
    const { nowMs, groups } = moment;
    this.greedy.isRestless = this.kept !== null;
    const followed = this.greedy.check(moment);
    this.reviewedMs ??= nowMs;
    const sinceMs = nowMs - this.reviewedMs;
    if (this.isDue(sinceMs, followed)) {
      this.reviewedMs = nowMs;
      this.changes = 0;
      this.kept = this.review(nowMs, groups);
    }
    // Whatever was best lately: more comes now than it answers, with batches of any size.
    if (
      followed !== null &&
      !this.greedy.keepsUp &&
      this.kept !== null &&
      !sameInstances(followed.groups, this.kept.groups)
    )
      this.kept = null;
    const proposal = this.kept === null ? followed : this.keep(this.kept, moment, followed);
    if (proposal === null) return this.prepare(moment);
    this.greedy.reset();
    this.changes++;
    return proposal;
  }

  /** Right after a step the load as it is counts, not what was. */
  private isDue(sinceMs: number, followed: Proposal | null): boolean {
    const { reviewMs = defaultReviewMs } = this.options;
    if ((this.greedy.estimate?.windowMs ?? 0) < settledMs) return false;
    if (sinceMs >= reviewMs || (this.changes >= mostChanges && sinceMs >= leastSpanMs)) return true;
    return this.kept !== null && followed !== null && sinceMs >= soonestReviewMs;
  }

  /** While there is time, the set for the most load is loaded, to stand by. */
  private prepare({ nowMs, groups, standby, loading }: Moment): Proposal | null {
    const room = this.options.standbyRoom();
    const load = this.greedy.estimate;
    const isQuiet = this.greedy.quiet && this.greedy.busyShare <= mostBusyShare;
    if (room === 0 || loading || !isQuiet || load === null || load.requestsPerSecond === 0) return null;
    if (this.preparedMs !== null && nowMs - this.preparedMs < prepareEveryMs) return null;
    this.preparedMs = nowMs;
    this.peak = peakSet(this.options.planner, load);
    if (!wantsLoading(this.peak, groups, standby, room)) return null;
    const reason = `${formatTuples(this.peak)} is to stand by: it is the best where much more comes`;
    return { groups: this.peak, reason, predicted: null, urgent: false, prepares: true };
  }

  private keep(
    { groups, reason }: { readonly groups: readonly Group[]; readonly reason: string },
    { groups: present, loading }: Moment,
    followed: Proposal | null,
  ): Proposal | null {
    // Batches may change at any time: only the instances are kept.
    if (sameInstances(groups, present))
      return followed !== null && sameInstances(followed.groups, present) ? followed : null;
    // What is better in the long run can wait for a moment in which loading does no harm.
    if (loading || !this.greedy.quiet || !this.greedy.bears(groups)) return null;
    return { groups, reason, predicted: null, urgent: this.greedy.isUrgent(groups), prepares: false };
  }

  /** The set that alone would have been better than following lately; null: following was, or too little is known. */
  private review(
    nowMs: number,
    present: readonly Group[],
  ): { readonly groups: readonly Group[]; readonly reason: string } | null {
    const { planner, margin = defaultMargin } = this.options;
    const stream = this.recent.stream(nowMs);
    const spanMs = stream.arrivedMs.at(-1) ?? 0;
    if (stream.arrivedMs.length < fewestRequests || spanMs < leastSpanMs) return this.kept;
    const ahead = lowest(planner.candidates, planner.over(endOf(stream, firstRequests)), finalists);
    const sets = planner.over(stream);
    const [lowestOfAll] = lowest(
      ahead.map(({ groups }) => groups),
      sets,
      1,
    );
    const best = this.widest(lowestOfAll!, sets);
    const followedMs = this.replayFollowing(stream, present);
    // The one that is kept has the benefit of the doubt, or sets would take turns for a trifle.
    const keptMs = this.kept === null ? Number.POSITIVE_INFINITY : sets.predict(this.kept.groups).scoreMs;
    const bar = Math.min(best.scoreMs, keptMs);
    if (this.kept === null ? bar >= (1 - margin) * followedMs : followedMs < (1 - margin) * bar) return null;
    if (this.kept !== null && best.scoreMs >= (1 - margin) * keptMs) return this.kept;
    const reason =
      `over the last ${short(spanMs / 60_000)} min ${formatTuples(best.groups)} alone would have had p99 + mean of ${short(best.scoreMs)} ms, ` +
      `following the load ${short(followedMs)} ms`;
    return { groups: best.groups, reason };
  }

  /** The same instances with the largest batches that would have been about as good. */
  private widest(best: ScoredSet, sets: SetRuns): ScoredSet {
    const { planner, margin = defaultMargin } = this.options;
    const mostMs = (1 + margin) * best.scoreMs;
    let widest = best;
    for (const groups of planner.widerThan(best.groups)) {
      const scoreMs = sets.predictBelow(groups, justAbove(mostMs))?.scoreMs ?? Number.POSITIVE_INFINITY;
      if (scoreMs > mostMs) break;
      widest = { groups, scoreMs };
    }
    return widest;
  }

  private follower(): Controller {
    const greedy = new Greedy(this.options);
    const strategy: Strategy = {
      ...{ name: greedy.name, pressedMs: greedy.pressedMs },
      arrived: (items, nowMs, length) => greedy.arrived(items, nowMs, length),
      cut: () => {},
      check: (moment) => {
        const proposal = greedy.check(moment);
        if (proposal !== null) greedy.reset();
        return proposal;
      },
    };
    return controllerOf(strategy, replayEveryMs, this.options.change());
  }

  private replayFollowing(stream: Stream, present: readonly Group[]): number {
    const { cores, serviceMs } = this.options;
    const { latencyMs } = simulate(stream, {
      ...{ instances: instancesOf(present), cores, serviceMs, controller: this.follower() },
      dispatch: { mostWaiting: Number.POSITIVE_INFINITY },
      standby: this.options.standbyRoom(),
      standingBy: this.peak === null ? [] : instancesOf(this.peak),
    });
    const sorted = sortSamples(latencyMs);
    return quantile(sorted, 0.99) + mean(sorted);
  }
}

const sameInstances = (a: readonly Group[], b: readonly Group[]): boolean =>
  sameGroups(withoutBatches(a), withoutBatches(b));

const withoutBatches = (groups: readonly Group[]): Group[] => groups.map((group) => ({ ...group, batch: 1 }));
