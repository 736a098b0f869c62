import type { RunConditions } from '../plan/index.ts';
import type { Visit } from '../profile/index.ts';
import { mean, median, quantile, sortSamples } from '../stats/index.ts';

/** A measured cell with the visits that its statistics rest on. */
export interface VisitedCell {
  readonly threads: number;
  readonly visits: readonly Visit[];
}

/** How the runs of a trial may differ from those of a profile, as the profile's own visits tell it. */
export function runConditions(cells: readonly VisitedCell[]): RunConditions {
  const starts = startsByThreads(cells);
  return { startMs: (threads) => nearest(starts, threads), drift: driftOf(cells) };
}

/** One start that is unlike the runs after it. */
interface Start {
  readonly excessMs: number;
  /** A long run's excess is mostly its noise, so it counts in inverse proportion to its time. */
  readonly weight: number;
}

/**
 * The first run of a visit comes after a pause, in which the instance slept and others had the caches; those after it
 * follow back to back. By threads, the weighted median of what the first ones take longer; never below 0.
 */
function startsByThreads(cells: readonly VisitedCell[]): [threads: number, startMs: number][] {
  return [...Map.groupBy(cells, ({ threads }) => threads)]
    .map(([threads, group]): [number, Start[]] => [
      threads,
      group.flatMap(({ visits }) => visits.flatMap((visit) => startOf(visit) ?? [])),
    ])
    .filter(([, starts]) => starts.length > 0)
    .map(([threads, starts]) => [threads, Math.max(0, weightedMedian(starts))]);
}

function startOf(visit: Visit): Start | null {
  const [firstMs, ...later] = slowestRuns(visit);
  if (firstMs === undefined || later.length === 0) return null;
  const laterMs = median(sortSamples(later));
  return { excessMs: firstMs - laterMs, weight: 1 / laterMs };
}

/** Of each simultaneous run the slowest replica, in ms. */
function slowestRuns({ replicas }: Visit): number[] {
  const runs = Math.min(...replicas.map(({ durationNs }) => durationNs.length));
  return Array.from(
    { length: runs },
    (_, run) => Math.max(...replicas.map(({ durationNs }) => Number(durationNs[run]!))) / 1e6,
  );
}

function weightedMedian(starts: readonly Start[]): number {
  const sorted = [...starts].sort((a, b) => a.excessMs - b.excessMs);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let sum = 0;
  for (const { excessMs, weight } of sorted) {
    sum += weight;
    if (sum >= half) return excessMs;
  }
  return sorted.at(-1)!.excessMs;
}

/** Of the thread count closest by ratio; 0 where none is known. */
function nearest(starts: readonly (readonly [number, number])[], threads: number): number {
  const distance = (other: number): number => Math.abs(Math.log(other / threads));
  return starts.reduce(
    (best, start) => (distance(start[0]) < distance(best[0]) ? start : best),
    starts[0] ?? ([threads, 0] as const),
  )[1];
}

/**
 * Within how much of ln, either way, 95 % of the visits' medians lie around the median of their cell, over all cells: a
 * machine that is faster in one minute than in the next is so for all. Null where no cell has two visits.
 */
function driftOf(cells: readonly VisitedCell[]): number | null {
  const deviations = cells.flatMap(({ visits }) => {
    const logs = visits.map((visit) => Math.log(median(sortSamples(slowestRuns(visit)))));
    const centre = mean(logs);
    // A centre taken from few visits is closer to them than the true one.
    const scale = Math.sqrt(logs.length / (logs.length - 1));
    return logs.length < 2 ? [] : logs.map((log) => Math.abs(log - centre) * scale);
  });
  return deviations.length === 0 ? null : quantile(sortSamples(deviations), 0.95);
}
