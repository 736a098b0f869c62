import { effectiveCount, type Interval, medianInterval } from './median-interval.ts';
import { median, type SortedSamples, sortSamples } from './sorted-samples.ts';
import { studentHalfWidth } from './student.ts';

/**
 * A 95 % interval of the median of samples that were taken in clusters (visits, rounds). What differs from cluster to
 * cluster is not averaged out by more samples in each, so a cluster counts as one observation, its median, and the
 * interval is Student's; it is never narrower than the one from order statistics over all samples. With one cluster
 * only the latter is left, and what changes from cluster to cluster is not in it.
 */
export function clusteredMedianInterval(clusters: readonly ArrayLike<number>[]): Interval {
  const filled = clusters.filter((cluster) => cluster.length > 0);
  const all = filled.flatMap((cluster) => Array.from(cluster));
  const sorted = sortSamples(all);
  const inner = medianInterval(sorted, 0.95, effectiveCount(all));
  if (filled.length < 2) return inner;
  const half = studentHalfWidth(filled.map((cluster) => median(sortSamples(Array.from(cluster)))));
  return widen(sorted, inner, half);
}

function widen(sorted: SortedSamples, inner: Interval, half: number): Interval {
  const centre = median(sorted);
  return [Math.min(inner[0], Math.max(0, centre - half)), Math.max(inner[1], centre + half)];
}
