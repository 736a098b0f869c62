import type { MeasuredPoint, Series } from './series.ts';

/** A gain below this share is not called scaling: thread counts double, so 5 % is far from what they promise. */
const leastGain = 0.05;

/** How one batch scales over threads. */
export interface Scaling {
  readonly batch: number;
  readonly fewest: number;
  readonly most: number;
  /** The thread count beyond which no measured count is faster by 5 % with intervals apart. */
  readonly stopsAt: number;
  /** Latency at the fewest threads over the least latency at more. */
  readonly gain: number;
}

/** How each series of two or more thread counts scales; the others are left out. */
export function scalingOf(series: readonly Series[]): Scaling[] {
  return series.flatMap(({ batch, points }) => {
    const [first, ...more] = points;
    const last = more.at(-1);
    if (!first || !last) return [];
    return {
      batch,
      fewest: first.settings.threads,
      most: last.settings.threads,
      stopsAt: stopOf(points),
      gain: first.stats.medianMs / Math.min(...more.map((point) => point.stats.medianMs)),
    };
  });
}

function stopOf(points: readonly MeasuredPoint[]): number {
  const stop = points.find(
    (point, index) => !points.slice(index + 1).some((later) => isFaster(later, point)),
  );
  return (stop ?? points[points.length - 1]!).settings.threads;
}

function isFaster(point: MeasuredPoint, than: MeasuredPoint): boolean {
  const apart = point.stats.interval[1] < than.stats.interval[0];
  return apart && point.stats.medianMs < (1 - leastGain) * than.stats.medianMs;
}
