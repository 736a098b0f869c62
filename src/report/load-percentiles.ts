import type { Field } from './csv.ts';
import { logAxis } from './load-axis.ts';
import { type LoadChart, type LoadLine, loadChart } from './load-chart.ts';
import { defined, type LoadFigure } from './load-figure.ts';
import type { Chart } from './render-chart.ts';
import { type Paint, paint } from './theme.ts';

/** Percentiles of some answers of a run; null: too few for it. */
export interface PercentilesMs {
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
}

/** From the one that tells most. */
const kinds: readonly (readonly [name: string, key: keyof PercentilesMs, color: Paint])[] = [
  ['p99', 'p99Ms', 'fat'],
  ['p90', 'p90Ms', 'thin'],
  ['p50', 'p50Ms', 'plan'],
];

/** The percentile that tells most of those known for `enough` places, with its values; null: there is none. */
export function tellingPercentile<T extends PercentilesMs>(
  places: readonly T[],
  enough: number,
): { readonly name: string; readonly known: readonly { readonly ms: number; readonly place: T }[] } | null {
  for (const [name, key] of kinds) {
    const known = places.flatMap((place) => (place[key] === null ? [] : [{ ms: place[key], place }]));
    if (known.length >= enough) return { name, known };
  }
  return null;
}

/**
 * A chart of p50, p90 and p99 over anything; latencies lie on a logarithmic axis.
 *
 * @param reach Latencies that the axis reaches in any case.
 */
export function percentilesChart<T extends PercentilesMs>(
  places: readonly T[],
  xOf: (place: T) => number,
  frame: Omit<LoadChart, 'y' | 'lines'>,
  reach: readonly number[] = [],
): (width: number) => Chart {
  const lines = kinds.toReversed().flatMap(([label, key, color]): LoadLine[] => {
    const points = places.map((place) => [xOf(place), place[key]] as const);
    return points.some(([, ms]) => ms !== null) ? [{ label, color: paint(color), points }] : [];
  });
  const values = [...lines.flatMap(({ points }) => points.map(([, ms]) => ms)), ...reach];
  return (width) => loadChart({ ...frame, y: logAxis(defined(values)), lines }, width);
}

/** The columns of `percentileFields`. */
export const percentileColumns: LoadFigure['columns'] = kinds
  .toReversed()
  .map(([name]) => ({ name: `${name}_ms`, head: `${name}, ms` }));

/** A row's end: its percentiles. */
export const percentileFields = ({ p50Ms, p90Ms, p99Ms }: PercentilesMs): Field[] => [p50Ms, p90Ms, p99Ms];
