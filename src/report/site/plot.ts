/** Cells as points of lines. */
import type { MeasuredCell } from '../../dataset/index.ts';
import { batchPaint, type Paint, paint } from '../theme.ts';
import type { PlotLine, PlotPoint } from './line-figure.ts';

/** What is drawn of a cell. */
export interface Measure {
  readonly value: (cell: MeasuredCell) => number;
  readonly interval: (cell: MeasuredCell) => readonly [number, number] | null;
}

/** Latency with its interval or, where there is none, from least to greatest. */
export const latencyMeasure: Measure = {
  value: ({ latency }) => latency.ms,
  interval: ({ latency: { interval, minMs, maxMs } }) =>
    interval ?? (minMs === null || maxMs === null ? null : [minMs, maxMs]),
};

/** Items per second of one instance; its interval is the latency's. */
export const throughputMeasure: Measure = {
  value: ({ itemsPerSecond }) => itemsPerSecond,
  interval: (cell) => {
    const ends = cell.latency.interval;
    return ends === null ? null : [(cell.batch * 1000) / ends[1], (cell.batch * 1000) / ends[0]];
  },
};

/** A value that is made from a cell and has no interval. */
export const plain = (value: (cell: MeasuredCell) => number): Measure => ({ value, interval: () => null });

/** Points over threads, or over whatever `x` takes of a cell. */
export function pointsOf(
  cells: readonly MeasuredCell[],
  { value, interval }: Measure,
  x: (cell: MeasuredCell) => number = ({ threads }) => threads,
): PlotPoint[] {
  return cells
    .map((cell) => ({
      x: x(cell),
      value: value(cell),
      interval: interval(cell),
      trusted: cell.trusted,
      origin: cell.origin,
    }))
    .sort((a, b) => a.x - b.x);
}

const palette: readonly Paint[] = ['plan', 'fat', 'thin', 'other', 'default', 'ink'];

/** The colour of the value at `index` of a setting; the usual one, which comes first, has the same on every chart. */
export const valuePaint = (index: number): string => paint(palette[index % palette.length]!);

/** So many labels fit at the ends of lines. */
const mostLabels = 18;

/** A line for each number, coloured from small to large; where they are many, only powers of two and the last bear a label. */
export function numberLines(
  groups: ReadonlyMap<number, readonly PlotPoint[]>,
  label: (value: number) => string,
): PlotLine[] {
  const values = [...groups.keys()];
  return [...groups].map(([value, points], index) => ({
    name: String(value),
    label:
      values.length <= mostLabels || Number.isInteger(Math.log2(value)) || index === values.length - 1
        ? label(value)
        : '',
    color: batchPaint(index, values.length),
    points,
  }));
}
