import { median, type Random, seededRandom, sortSamples } from '../stats/index.ts';
import type { Group } from './types.ts';

/**
 * Latencies in ms that the replicas of one cell had: `samples[r][k]` is replica r's k-th run. Runs of equal k
 * began at about the same time, so what slows all replicas at once stays together.
 */
export type ReplicaSamples = readonly ArrayLike<number>[];

/** How many simulated runs the prediction of an unequal set rests on. */
const draws = 2000;

/**
 * The median time of the slowest instance of a set, in ms, from the raw samples of its cells: again and again, each
 * group draws as many simultaneous runs as it has instances, and the largest counts. The same input gives the same
 * answer.
 *
 * @param samplesOf Samples of a group's cell, or a single latency where nothing but that is known.
 */
export function predictSlowest(
  groups: readonly Group[],
  samplesOf: (group: Group) => ReplicaSamples | number,
): number {
  const random = seededRandom(1);
  const sources = groups.map((group) => drawSlowest(group.instances, samplesOf(group), random));
  const only = sources.length === 1 ? sources[0]! : undefined;
  const count = only?.exact ?? draws;
  const slowest = Array.from({ length: count }, (_, k) =>
    Math.max(...sources.map((source) => source.draw(k))),
  );
  return median(sortSamples(slowest));
}

interface SlowestSource {
  /** The slowest of the group's instances in run k. */
  readonly draw: (k: number) => number;
  /** Set where drawing each k below it once is the whole population. */
  readonly exact: number | undefined;
}

function drawSlowest(instances: number, samples: ReplicaSamples | number, random: Random): SlowestSource {
  if (typeof samples === 'number') return { draw: () => samples, exact: 1 };
  const runs = Math.min(...samples.map((replica) => replica.length));
  const replicas = samples.length;
  const at = (k: number, count: number): number => {
    const order = count === replicas ? samples : sampleWithout(samples, count, random);
    return Math.max(...order.map((replica) => replica[k]!));
  };
  if (instances === replicas) return { draw: (k) => at(k % runs, replicas), exact: runs };
  return {
    draw: () => {
      let slowest = 0;
      for (let left = instances; left > 0; left -= replicas)
        slowest = Math.max(slowest, at(Math.floor(random() * runs), Math.min(left, replicas)));
      return slowest;
    },
    exact: undefined,
  };
}

function sampleWithout<T>(items: readonly T[], count: number, random: Random): T[] {
  const pool = [...items];
  return Array.from({ length: count }, () => pool.splice(Math.floor(random() * pool.length), 1)[0]!);
}
