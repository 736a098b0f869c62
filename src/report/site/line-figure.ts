import type { Origin } from '../../dataset/index.ts';
import type { Field } from '../csv.ts';
import { dataTable } from '../figure.ts';
import { formatNumber } from '../format.ts';
import { html } from '../html.ts';
import { linesChart } from '../lines-chart.ts';
import { distinct } from '../series.ts';
import { type FigureFrame, framed, type SiteFigure } from './site-figure.ts';

/** One value of a line. */
export interface PlotPoint {
  readonly x: number;
  readonly value: number;
  readonly interval: readonly [number, number] | null;
  readonly trusted: boolean;
  readonly origin: Origin;
}

/** One line of a figure. */
export interface PlotLine {
  /** Its value of what tells lines apart, such as `script` or `16`. */
  readonly name: string;
  /** Stands at its end; empty: none does. */
  readonly label: string;
  readonly color: string;
  readonly points: readonly PlotPoint[];
}

/** A column of the CSV file with the words of the table. */
export interface Axis {
  readonly column: string;
  readonly words: string;
}

/** What a figure of lines is made from. */
export interface LineFigureInput extends FigureFrame {
  readonly lines: readonly PlotLine[];
  /** What tells lines apart. */
  readonly by: Axis;
  readonly x: Axis;
  /** `words` hold the unit. */
  readonly y: Axis;
  /** A value as tooltips have it, with its unit. */
  readonly format: (value: number) => string;
  readonly scale?: 'log' | 'linear';
  readonly ideal?: 'halves' | 'doubles';
}

/** More lines than these need a row to themselves, and height for their labels. */
const mostBeside = 6;

/** A figure of lines over threads, batches or instances. */
export function lineFigure(input: LineFigureInput): SiteFigure {
  const { lines, by, x, y, format, scale = 'log', ideal = null } = input;
  const drawn = lines.filter(({ points }) => points.length > 0);
  const isAlone = drawn.length > mostBeside;
  return {
    ...framed(input),
    marks: 'dots',
    isAlone,
    chart: (width) =>
      linesChart(
        {
          lines: drawn,
          xName: x.words,
          ideal,
          axis: scale,
          ...(isAlone ? { height: 520 } : {}),
        },
        width,
      ),
    titles: drawn.flatMap(({ name, label, points }) =>
      points.map(
        (point) =>
          `${drawn.length > 1 ? `${label || `${by.words} ${name}`}, ` : ''}${x.words} ${point.x}: ${format(point.value)}${point.trusted ? '' : ', disturbed'}`,
      ),
    ),
    table: pivotTable(input, drawn),
    columns: [by, x, y, low, high, trusted, origin].map(({ column, words }) => ({
      name: column,
      head: words,
    })),
    rows: drawn.flatMap(({ name, points }) =>
      points.map((point): Field[] => [
        name,
        point.x,
        point.value,
        point.interval?.[0] ?? null,
        point.interval?.[1] ?? null,
        point.trusted,
        originText(point.origin),
      ]),
    ),
  };
}

const low: Axis = { column: 'low', words: 'from' };
const high: Axis = { column: 'high', words: 'to' };
const trusted: Axis = { column: 'trusted', words: 'trusted' };
const origin: Axis = { column: 'origin', words: 'origin' };

/** A file and line, or the hash of a point. */
export function originText(one: Origin): string {
  return one.kind === 'line' ? `${one.file}:${one.line}` : one.hash;
}

/** A row for each x, a column for each line; lines that have no value there are left out with a dash. */
function pivotTable({ title, by, x, y }: LineFigureInput, lines: readonly PlotLine[]): SiteFigure['table'] {
  const xs = distinct(lines.flatMap(({ points }) => points.map((point) => point.x)));
  const byX = lines.map(({ points }) => new Map(points.map((point) => [point.x, point])));
  const heads = lines.map(({ name }) => ({ head: name === '' ? y.words : name, numeric: true }));
  return dataTable(
    `${title}. ${y.words}, by ${x.words}${lines.length > 1 ? ` and ${by.words}` : ''}`,
    [{ head: x.words, numeric: true }, ...heads],
    xs.map((value) => [
      value,
      ...byX.map((points) => {
        const point = points.get(value);
        if (point === undefined) return '–';
        return point.trusted ? formatNumber(point.value) : html`○ ${formatNumber(point.value)}`;
      }),
    ]),
  );
}
