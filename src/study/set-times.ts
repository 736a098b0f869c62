import type { ReplicaRuns, Visit } from '../profile/index.ts';
import { clusteredMedianInterval, median, sortSamples } from '../stats/index.ts';
import type { Estimate } from './quotient.ts';

/** What instances that run at once deliver together. */
export interface SetTimes {
  /** Median, over simultaneous runs, of the slowest instance's latency, in ms. */
  readonly slowestMs: Estimate;
  /** Median, over simultaneous runs, of the sum of the instances' rates: Σ batch over latency. */
  readonly itemsPerSecond: Estimate;
}

/**
 * The figures of a set from the visits that count, with a visit as one observation of its interval.
 *
 * @param batch Items that each instance takes at once.
 */
export function setTimes(visits: readonly Visit[], batch: number): SetTimes {
  const runs = visits.map(({ replicas }) => simultaneous(replicas));
  return {
    slowestMs: estimate(runs.map((visit) => visit.map((latencies) => Math.max(...latencies)))),
    itemsPerSecond: estimate(
      runs.map((visit) =>
        visit.map((latencies) => latencies.reduce((sum, ms) => sum + (batch * 1000) / ms, 0)),
      ),
    ),
  };
}

/** For each run of a visit, the latency of every instance, in ms. */
function simultaneous(replicas: readonly ReplicaRuns[]): number[][] {
  const count = Math.min(...replicas.map(({ durationNs }) => durationNs.length));
  return Array.from({ length: count }, (_, run) =>
    replicas.map(({ durationNs }) => Number(durationNs[run]!) / 1e6),
  );
}

function estimate(visits: readonly (readonly number[])[]): Estimate {
  return {
    value: median(sortSamples(visits.flat())),
    interval: clusteredMedianInterval(visits),
  };
}
