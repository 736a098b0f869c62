/** Points brought into the shape that charts and findings read. */
import type { Point, PointMode } from '../profile/types.ts';
import { formatPlural } from './format.ts';
import { nearestPoints } from './nearest-points.ts';
import type { ReportData } from './types.ts';

/** A point that was measured. */
export type MeasuredPoint = Extract<Point, { state: 'measured' }>;

/** The points of one batch, by ascending threads. */
export interface Series {
  readonly batch: number;
  readonly points: readonly MeasuredPoint[];
}

/** Where points are taken from: all that were measured, and the cores of the question. */
type Source = Pick<ReportData, 'points' | 'cores'>;

/**
 * All places of one mode, failed ones included, by batch and threads. A point that was measured together on more cores
 * stands for as many replicas as the question's cores hold.
 */
export function placesOf({ points, cores }: Source, mode: PointMode): Point[] {
  return nearestPoints(points, mode, cores)
    .map((point) =>
      point.state === 'measured' && mode === 'together'
        ? { ...point, replicas: Math.floor(cores / point.settings.threads) }
        : point,
    )
    .sort((a, b) => a.settings.batch - b.settings.batch || a.settings.threads - b.settings.threads);
}

/** The measured places of one mode, a series per batch, small batches first. */
export function seriesOf(source: Source, mode: PointMode): Series[] {
  const byBatch = Map.groupBy(
    placesOf(source, mode).filter((point) => point.state === 'measured'),
    (point) => point.settings.batch,
  );
  return [...byBatch].map(([batch, members]) => ({ batch, points: members }));
}

/** `measured on 4 cores` of a point whose replicas ran on others than the question's cores; null of any other. */
export function originOf({ settings }: Point, cores: number): string | null {
  if (settings.mode === 'alone' || settings.cores === cores) return null;
  return `measured on ${formatPlural(settings.cores, settings.hardwareThreads ? 'hardware thread' : 'core')}`;
}

/** How many of the places were measured on which other number of cores, a sentence each; empty where none was. */
export function originNote(places: readonly Point[], cores: number): string {
  const others = Map.groupBy(
    places.flatMap((place) => originOf(place, cores) ?? []),
    (origin) => origin,
  );
  return [...others]
    .map(([origin, { length }]) =>
      length === places.length
        ? ` All points ${origin}.`
        : ` ${length} of ${places.length} points ${origin}.`,
    )
    .join('');
}

/** The trusted points alone, for findings; all of them where none is trusted. */
export function trustworthy(series: readonly Series[]): readonly Series[] {
  const kept = series
    .map(({ batch, points }) => ({ batch, points: points.filter(({ verdict }) => verdict.trusted) }))
    .filter(({ points }) => points.length > 0);
  return kept.length > 0 ? kept : series;
}

/** The modes that have measured points, `alone` first: scalability is one instance's. */
export function modesOf(source: Source): PointMode[] {
  return (['alone', 'together'] as const).filter((mode) => seriesOf(source, mode).length > 0);
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
