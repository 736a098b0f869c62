/** Points brought into the shape that charts and findings read. */
import type { Point, PointMode } from '../profile/types.ts';

/** A point that was measured. */
export type MeasuredPoint = Extract<Point, { state: 'measured' }>;

/** The points of one batch, by ascending threads. */
export interface Series {
  readonly batch: number;
  readonly points: readonly MeasuredPoint[];
}

/** One point per place: of several (cores, method), the one of the most cores, then the newest. */
function onePerPlace(points: readonly Point[], mode: PointMode): Point[] {
  const places = new Map<string, Point>();
  for (const point of points) {
    if (point.settings.mode !== mode) continue;
    const place = `${point.settings.threads} ${point.settings.batch}`;
    const known = places.get(place);
    if (!known || isPreferred(point, known)) places.set(place, point);
  }
  return [...places.values()];
}

function isPreferred(point: Point, known: Point): boolean {
  const difference = point.settings.cores - known.settings.cores;
  return difference !== 0 ? difference > 0 : point.measuredAt > known.measuredAt;
}

/** All places of one mode, failed ones included, by batch and threads. */
export function placesOf(points: readonly Point[], mode: PointMode): Point[] {
  return onePerPlace(points, mode).sort(
    (a, b) => a.settings.batch - b.settings.batch || a.settings.threads - b.settings.threads,
  );
}

/** The measured places of one mode, a series per batch, small batches first. */
export function seriesOf(points: readonly Point[], mode: PointMode): Series[] {
  const byBatch = Map.groupBy(
    placesOf(points, mode).filter((point) => point.state === 'measured'),
    (point) => point.settings.batch,
  );
  return [...byBatch].map(([batch, members]) => ({ batch, points: members }));
}

/** The trusted points alone, for findings; all of them where none is trusted. */
export function trustworthy(series: readonly Series[]): readonly Series[] {
  const kept = series
    .map(({ batch, points }) => ({ batch, points: points.filter(({ verdict }) => verdict.trusted) }))
    .filter(({ points }) => points.length > 0);
  return kept.length > 0 ? kept : series;
}

/** The modes that have measured points, `alone` first: scalability is one instance's. */
export function modesOf(points: readonly Point[]): PointMode[] {
  return (['alone', 'together'] as const).filter((mode) =>
    points.some((point) => point.settings.mode === mode && point.state === 'measured'),
  );
}

/** A figure with its 95 % interval. */
export interface Rate {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** Items per second of one instance: batch over the median latency; its interval is the latency's. */
export function rateOfInstance(point: MeasuredPoint): Rate {
  const items = point.settings.batch * 1000;
  const [low, high] = point.stats.interval;
  return { value: items / point.stats.medianMs, interval: [items / high, items / low] };
}

/** Items per second of all replicas that ran together: replicas × batch over the median latency. */
export function rateOfMachine(point: MeasuredPoint): Rate {
  const { value, interval } = rateOfInstance(point);
  return {
    value: value * point.replicas,
    interval: [interval[0] * point.replicas, interval[1] * point.replicas],
  };
}

/** Distinct values, ascending. */
export function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
