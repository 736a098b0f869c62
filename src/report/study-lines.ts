import type { Estimate, Sizes } from '../study/index.ts';
import { type Line, linesChart } from './lines-chart.ts';
import type { Chart } from './render-chart.ts';
import { sizeWords } from './study-words.ts';
import { batchPaint } from './theme.ts';

/** One curve of a study, whatever it goes over. */
export interface StudyCurve<Point> {
  readonly dims: Sizes;
  readonly batch: number;
  readonly points: readonly Point[];
}

/** What a chart shows of each point. */
export interface StudyMeasure<Point> {
  readonly xName: string;
  readonly xOf: (point: Point) => number;
  readonly yOf: (point: Point) => Estimate;
  readonly ideal: 'halves' | 'doubles' | null;
}

/** A line per curve, labelled by what tells the curves apart: their size, else their batch. */
export function studyLines<Point extends { readonly trusted: boolean }>(
  curves: readonly StudyCurve<Point>[],
  { xName, xOf, yOf, ideal }: StudyMeasure<Point>,
  width: number,
): Chart {
  const lines = curves.map(
    (curve, index): Line => ({
      label: curveLabel(curve, curves),
      color: batchPaint(index, curves.length),
      points: curve.points.map((point) => ({
        x: xOf(point),
        trusted: point.trusted,
        ...yOf(point),
      })),
    }),
  );
  return linesChart({ lines, xName, ideal }, width);
}

type Labelled = Pick<StudyCurve<unknown>, 'dims' | 'batch'>;

function curveLabel({ dims, batch }: Labelled, all: readonly Labelled[]): string {
  const size = sizeWords(dims);
  const sizesDiffer = all.some((other) => sizeWords(other.dims) !== size);
  return sizesDiffer ? size : `batch ${batch}`;
}

/** Curves for one chart each: of one batch with a line per size, or of one size with a line per batch. */
export function chartGroups<Curve extends Labelled>(curves: readonly Curve[]): Curve[][] {
  const sizes = new Set(curves.map(({ dims }) => sizeWords(dims)));
  if (sizes.size < 2) return curves.length === 0 ? [] : [[...curves]];
  return [...Map.groupBy(curves, ({ batch }) => batch).values()];
}
