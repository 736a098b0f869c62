import type { LoadEstimate } from '../../dispatch/index.ts';
import { type ServiceTime, type SimulatedInstance, simulate, streamOf } from '../../simulate/index.ts';
import { mean, quantile, sortSamples } from '../../stats/index.ts';
import { formatGroups } from '../parse-groups.ts';
import type { Group } from '../types.ts';

/** What is predicted of a set under a load. */
export interface LoadPrediction {
  /** From arrival to answer. Where it is overloaded, as long as this stream of requests makes them. */
  readonly p99Ms: number;
  readonly meanMs: number;
  /** What sets are compared by: the p99 and the mean, added. By the p99 alone a set would be taken that is slower for most requests. */
  readonly scoreMs: number;
  /** Share of the cores' time that batches take. */
  readonly busyShare: number;
  /** Whether it answers as fast as requests come. */
  readonly keepsUp: boolean;
}

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
const burstinessStep = 2;
const itemsStep = 1.1;
const defaultRequests = 3000;
/** A load lasts as long as it has lasted: so many times longer or shorter are one. But for so many requests at least. */
const lastingStep = 4;
const fewestRequests = 100;
/** A queue that grows over the stream by more than this share of what came. */
const growth = 0.02;

/** Predicts sets under loads that last as long as they have lasted, by simulating the server's own dispatcher. What was predicted once is remembered. */
export class LoadPlanner {
  readonly candidates: readonly (readonly Group[])[];
  private readonly options: LoadPlannerOptions;
  private readonly known = new Map<string, LoadPrediction>();
  private readonly names = new WeakMap<readonly Group[], string>();

  constructor(options: LoadPlannerOptions) {
    this.options = options;
    this.candidates = options.candidates;
  }

  /** What a set does under a load. */
  predict(groups: readonly Group[], load: LoadEstimate): LoadPrediction {
    const rounded = roundLoad(load);
    const name = `${this.nameOf(groups)} ${rounded.requestsPerSecond} ${rounded.itemsPerRequest} ${rounded.burstiness} ${rounded.windowMs}`;
    const before = this.known.get(name);
    if (before !== undefined) return before;
    const prediction = this.run(groups, rounded);
    this.known.set(name, prediction);
    return prediction;
  }

  /**
   * What the score of a set is under a load at the least, without a simulation: one request on its fastest instance, twice; infinite where more
   * comes than it can answer in full batches.
   */
  atLeastMs(groups: readonly Group[], { requestsPerSecond, itemsPerRequest }: LoadEstimate): number {
    const { serviceMs } = this.options;
    let fastestMs = Number.POSITIVE_INFINITY;
    let itemsPerMs = 0;
    for (const { instances, threads, batch } of groups) {
      fastestMs = Math.min(fastestMs, serviceMs(threads, 1));
      itemsPerMs += (instances * batch) / serviceMs(threads, batch);
    }
    return requestsPerSecond * itemsPerRequest > 1000 * itemsPerMs ? Number.POSITIVE_INFINITY : 2 * fastestMs;
  }

  /** The candidate with the lowest score under a load. */
  best(load: LoadEstimate): { readonly groups: readonly Group[]; readonly prediction: LoadPrediction } {
    let best: { groups: readonly Group[]; prediction: LoadPrediction } | null = null;
    for (const groups of this.candidates) {
      const prediction = this.predict(groups, load);
      if (best === null || isBetter(prediction, best.prediction)) best = { groups, prediction };
    }
    return best!;
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

  private run(groups: readonly Group[], load: LoadEstimate): LoadPrediction {
    const { cores, serviceMs, requests = defaultRequests } = this.options;
    const instances = instancesOf(groups);
    // One alone, where nothing comes.
    const alone = load.requestsPerSecond === 0;
    const asked = alone ? { ...load, requestsPerSecond: 1e-3 } : load;
    const count = Math.round((load.requestsPerSecond * load.windowMs) / 1000);
    const stream = streamOf(asked, alone ? 1 : Math.min(requests, Math.max(fewestRequests, count)), 1);
    const { latencyMs, busyMs, endMs } = simulate(stream, { instances, cores, serviceMs });
    const sorted = sortSamples(latencyMs);
    const spanMs = stream.arrivedMs.at(-1)!;
    const [p99Ms, meanMs] = [quantile(sorted, 0.99), mean(sorted)];
    return {
      ...{ p99Ms, meanMs, scoreMs: p99Ms + meanMs },
      busyShare: Math.min(1, busyMs / (cores * Math.max(endMs, 1e-9))),
      keepsUp: alone || endMs - spanMs < growth * spanMs + Math.max(...latencyMs.subarray(0, 100)),
    };
  }
}

const roomOf = (groups: readonly Group[]): number =>
  groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0);

function isBetter(a: LoadPrediction, b: LoadPrediction): boolean {
  if (a.keepsUp !== b.keepsUp) return a.keepsUp;
  return a.scoreMs < b.scoreMs;
}

/** Each instance of a set, its CPUs in turn. */
export function instancesOf(groups: readonly Group[]): SimulatedInstance[] {
  let next = 0;
  return groups.flatMap(({ instances, threads, batch }) =>
    Array.from({ length: instances }, () => ({
      threads,
      largestBatch: batch,
      cpus: Array.from({ length: threads }, () => next++),
    })),
  );
}

function roundLoad(load: LoadEstimate): LoadEstimate {
  return {
    windowMs: load.windowMs <= 0 ? 0 : onGrid(load.windowMs, lastingStep),
    requestsPerSecond: load.requestsPerSecond <= 0 ? 0 : onGrid(load.requestsPerSecond, rateStep),
    itemsPerRequest: onGrid(Math.max(1, load.itemsPerRequest), itemsStep),
    burstiness:
      load.burstiness < 0.7 ? (load.burstiness < 0.3 ? 0 : 0.5) : onGrid(load.burstiness, burstinessStep),
  };
}

const onGrid = (value: number, step: number): number => step ** Math.round(Math.log(value) / Math.log(step));
