import type { LoadEstimate } from '../../dispatch/index.ts';
import { type ServiceTime, type Stream, streamOf } from '../../simulate/index.ts';
import { formatGroups } from '../parse-groups.ts';
import type { Group } from '../types.ts';
import { type LoadPrediction, SetRuns } from './set-runs.ts';

/** What a planner for loads is told. */
export interface LoadPlannerOptions {
  readonly candidates: readonly (readonly Group[])[];
  readonly cores: number;
  readonly serviceMs: ServiceTime;
  /** Most requests of one simulation: a hundredth of them are beyond p99. Default 3,000. */
  readonly requests?: number;
}

/** Loads that differ by less are one: their predictions differ by less than what is not known of them. */
const rateStep = 1.1;
/** Beyond this share of the most that any set answers, rates are overload, more or less. */
const fullShare = 0.99;
const burstinessStep = 2;
const itemsStep = 1.1;
const lengthStep = 1.1;
const defaultRequests = 3000;
/** A load lasts as long as it has lasted: so many times longer or shorter are one. But for so many requests at least. */
const lastingStep = 4;
const fewestRequests = 100;

/** Predicts sets under loads that last as long as they have lasted, by simulating the server's own dispatcher. What was predicted once is remembered. */
export class LoadPlanner {
  readonly candidates: readonly (readonly Group[])[];
  private readonly options: LoadPlannerOptions;
  private readonly known = new Map<string, SetRuns>();
  private readonly names = new WeakMap<readonly Group[], string>();
  /** By the length of items. */
  private readonly most = new Map<number, number>();
  /** The stream that was made last: runs under a load follow each other. */
  private latest: { readonly load: LoadEstimate; readonly stream: Stream } | null = null;

  constructor(options: LoadPlannerOptions) {
    this.options = options;
    this.candidates = options.candidates;
  }

  /** Sets under a load. Loads that hardly differ are one. */
  under(load: LoadEstimate): SetRuns {
    const rounded = this.roundLoad(load);
    const { requestsPerSecond, itemsPerRequest, itemLength, burstiness, windowMs } = rounded;
    const name = [requestsPerSecond, itemsPerRequest, itemLength, burstiness, windowMs].join(' ');
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const runs = this.runs(() => this.streamFor(rounded), itemLength);
    this.known.set(name, runs);
    return runs;
  }

  /** Sets under requests that came. */
  over(stream: Stream): SetRuns {
    return this.runs(() => stream);
  }

  /** What a set does under a load. */
  predict(groups: readonly Group[], load: LoadEstimate): LoadPrediction {
    return this.under(load).predict(groups);
  }

  /**
   * What the score of a set is under a load at the least, without a simulation: one request on its fastest instance, twice; infinite where more
   * comes than it can answer in full batches.
   */
  atLeastMs(groups: readonly Group[], load: LoadEstimate): number {
    const { requestsPerSecond, itemsPerRequest, itemLength } = load;
    const { serviceMs } = this.options;
    const fastestMs = Math.min(...groups.map(({ threads }) => serviceMs(threads, 1, itemLength)));
    const mostPerSecond = this.itemsPerSecond(groups, itemLength);
    return requestsPerSecond * itemsPerRequest > mostPerSecond ? Number.POSITIVE_INFINITY : 2 * fastestMs;
  }

  /** What a set answers in full batches. @param itemLength Over the usual one. */
  itemsPerSecond(groups: readonly Group[], itemLength: number): number {
    const { serviceMs } = this.options;
    return groups.reduce(
      (sum, { instances, threads, batch }) =>
        sum + (1000 * instances * batch) / serviceMs(threads, batch, itemLength),
      0,
    );
  }

  /** Items that the strongest set answers in full batches. @param itemLength Over the usual one. */
  mostPerSecond(itemLength: number): number {
    const known = this.most.get(itemLength);
    if (known !== undefined) return known;
    const most = Math.max(...this.candidates.map((groups) => this.itemsPerSecond(groups, itemLength)));
    this.most.set(itemLength, most);
    return most;
  }

  /** Candidates of the same instances with larger batches, the largest last. */
  widerThan(groups: readonly Group[]): (readonly Group[])[] {
    const instances = groups.map((group) => `${group.instances}x${group.threads}`).join();
    const room = roomOf(groups);
    return this.candidates
      .filter(
        (set) =>
          roomOf(set) > room &&
          set.map((group) => `${group.instances}x${group.threads}`).join() === instances,
      )
      .toSorted((a, b) => roomOf(a) - roomOf(b));
  }

  /** Sets of equal names are equal. */
  nameOf(groups: readonly Group[]): string {
    const known = this.names.get(groups);
    if (known !== undefined) return known;
    const name = formatGroups(groups);
    this.names.set(groups, name);
    return name;
  }

  /** @param itemLength Of all items: what is known of their lengths is the mean. */
  private runs(stream: () => Stream, itemLength = 1): SetRuns {
    const { cores, serviceMs } = this.options;
    const ofLength: ServiceTime =
      itemLength === 1 ? serviceMs : (threads, items) => serviceMs(threads, items, itemLength);
    return new SetRuns({ cores, serviceMs: ofLength, stream, nameOf: (groups) => this.nameOf(groups) });
  }

  private roundLoad(load: LoadEstimate): LoadEstimate {
    const itemsPerRequest = onGrid(Math.max(1, load.itemsPerRequest), itemsStep);
    const itemLength = onGrid(load.itemLength, lengthStep);
    const most = this.mostPerSecond(itemLength) / itemsPerRequest;
    return {
      ...{ itemsPerRequest, itemLength },
      windowMs: load.windowMs <= 0 ? 0 : onGrid(load.windowMs, lastingStep),
      requestsPerSecond: load.requestsPerSecond <= 0 ? 0 : most * shareOnGrid(load.requestsPerSecond / most),
      burstiness:
        load.burstiness < 0.7 ? (load.burstiness < 0.3 ? 0 : 0.5) : onGrid(load.burstiness, burstinessStep),
    };
  }

  /** One request alone, where nothing comes. */
  private streamFor(load: LoadEstimate): Stream {
    if (this.latest?.load === load) return this.latest.stream;
    const { requests = defaultRequests } = this.options;
    const count = Math.round((load.requestsPerSecond * load.windowMs) / 1000);
    const stream =
      load.requestsPerSecond === 0
        ? streamOf({ ...load, requestsPerSecond: 1e-3 }, 1, 1)
        : streamOf(load, Math.min(requests, Math.max(fewestRequests, count)), 1);
    this.latest = { load, stream };
    return stream;
  }
}

const roomOf = (groups: readonly Group[]): number =>
  groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0);

/**
 * A share of what can be answered, on a grid whose steps are a tenth where it is small, and a tenth of what is left where little is left: near
 * what can be answered each percent counts. Upwards: there too low a rate is the dearer error.
 */
function shareOnGrid(share: number): number {
  if (share >= fullShare) return onGrid(share, rateStep, Math.ceil);
  const odds = onGrid(share / (1 - share), rateStep, Math.ceil);
  return odds / (1 + odds);
}

const onGrid = (value: number, step: number, round = Math.round): number =>
  step ** round(Math.log(value) / Math.log(step));
