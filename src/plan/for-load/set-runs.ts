import {
  AlikeRuns,
  type LateBound,
  type ServiceTime,
  type SimulationResult,
  type Stream,
  simulate,
} from '../../simulate/index.ts';
import { mean, mostAbove, quantile, sortSamples } from '../../stats/index.ts';
import type { Group } from '../types.ts';
import { instancesOf } from './instances-of.ts';

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

/** What sets are run on. */
export interface SetRunsOptions {
  readonly cores: number;
  readonly serviceMs: ServiceTime;
  /** Sets of equal names are equal. */
  readonly nameOf: (groups: readonly Group[]) => string;
  /** Asked for before each run. */
  readonly stream: () => Stream;
}

/** Null: no more is known than that the score is as high at least. */
interface Outcome {
  readonly prediction: LoadPrediction | null;
  readonly atLeastMs: number;
}

/** A queue that grows over the stream by more than this share of what came. */
const growth = 0.02;
/** What is summed in other orders differs by less than this share. */
const rounding = 1e-6;

/** Runs sets over one stream of requests, each as far as it must be known, and none that is known from another one. */
export class SetRuns {
  private readonly options: SetRunsOptions;
  private readonly known = new Map<string, Outcome>();
  private readonly alike = new AlikeRuns<Outcome>();

  constructor(options: SetRunsOptions) {
    this.options = options;
  }

  /** What a set does. */
  predict(groups: readonly Group[]): LoadPrediction {
    return this.predictBelow(groups, Number.POSITIVE_INFINITY)!;
  }

  /** What a set does; null where its score is no lower than this. A run ends as soon as so much is certain. */
  predictBelow(groups: readonly Group[], limitMs: number): LoadPrediction | null {
    const name = this.options.nameOf(groups);
    const before = this.known.get(name);
    const outcome = before !== undefined && answers(before, limitMs) ? before : this.run(groups, limitMs);
    if (outcome !== before) this.known.set(name, outcome);
    return outcome.prediction !== null && outcome.prediction.scoreMs < limitMs ? outcome.prediction : null;
  }

  private run(groups: readonly Group[], limitMs: number): Outcome {
    const { cores, serviceMs } = this.options;
    const instances = instancesOf(groups);
    const stream = this.options.stream();
    // Of longer items an instance takes fewer: what never waited says nothing of other batches then.
    const same = stream.lengths === undefined ? this.alike.find(instances) : undefined;
    if (same !== undefined && answers(same, limitMs)) return same;
    const result = simulate(stream, {
      ...{ instances, cores, serviceMs, dispatch: { mostWaiting: Number.POSITIVE_INFINITY } },
      late: this.boundOf(groups, stream, limitMs),
    });
    const outcome = result.cutShort
      ? { prediction: null, atLeastMs: limitMs }
      : { prediction: predictionOf(stream, result, cores), atLeastMs: 0 };
    this.alike.add(instances, result, outcome);
    return outcome;
  }

  /** The p99 of a score below the limit is lower than what the limit leaves beside the shortest mean that there can be. */
  private boundOf(
    groups: readonly Group[],
    { arrivedMs: { length }, lengths }: Stream,
    limitMs: number,
  ): LateBound | null {
    if (limitMs === Number.POSITIVE_INFINITY) return null;
    let fastestMs = limitMs;
    let shortest = lengths?.[0] ?? 1;
    for (let at = 1; lengths !== undefined && at < length; at++) shortest = Math.min(shortest, lengths[at]!);
    for (const { threads, batch } of groups)
      for (let items = 1; items <= batch; items++)
        fastestMs = Math.min(fastestMs, this.options.serviceMs(threads, items, shortest));
    return { ms: limitMs - (1 - rounding) * fastestMs, most: mostAbove(length, 0.99) };
  }
}

const answers = ({ prediction, atLeastMs }: Outcome, limitMs: number): boolean =>
  prediction !== null || atLeastMs >= limitMs;

function predictionOf(
  { arrivedMs }: Stream,
  { latencyMs, busyMs, endMs }: SimulationResult,
  cores: number,
): LoadPrediction {
  const sorted = sortSamples(latencyMs);
  const [p99Ms, meanMs] = [quantile(sorted, 0.99), mean(sorted)];
  const spanMs = arrivedMs[arrivedMs.length - 1]!;
  const slowestMs = Math.max(...latencyMs.subarray(0, 100));
  return {
    ...{ p99Ms, meanMs, scoreMs: p99Ms + meanMs },
    busyShare: Math.min(1, busyMs / (cores * Math.max(endMs, 1e-9))),
    // One alone says nothing of a rate.
    keepsUp: arrivedMs.length === 1 || endMs - spanMs < growth * spanMs + slowestMs,
  };
}
