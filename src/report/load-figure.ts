import type { Field } from './csv.ts';
import { formatMs } from './format.ts';
import type { Level, LoadLine } from './load-chart.ts';
import type { QuantilePoint } from './load-distribution.ts';
import type { LoadPageData } from './load-page-data.ts';
import type { Chart } from './render-chart.ts';

/** A figure of the page with all that its pictures and its CSV need. */
export interface LoadFigure {
  readonly id: string;
  /** Name of its files, without an ending. */
  readonly file: string;
  /** What was found. */
  readonly title: string;
  /** Measure, unit, population and clock. */
  readonly subtitle: string;
  readonly note?: string | null;
  readonly foot: string;
  readonly chart: (width: number) => Chart;
  /** `name` heads the CSV, `head` the table. */
  readonly columns: readonly { readonly name: string; readonly head: string }[];
  /** Numbers unrounded; the table rounds. */
  readonly rows: readonly (readonly Field[])[];
}

/** What every figure of a page has. */
export type FigureSource = Pick<LoadFigure, 'foot'> & {
  /** What its files' names begin with. */
  readonly base: string;
};

/** Where the numbers come from: the generator, its CPU, the date. */
export function loadFoot({
  versions,
  generatorCpu,
  countedFrom,
}: Pick<LoadPageData, 'versions' | 'generatorCpu' | 'countedFrom'>): string {
  return `Source: thinfer load ${versions['thinfer'] ?? ''} · generator on ${generatorCpu} · ${countedFrom.slice(0, 10)}`;
}

/** Seconds of ms. */
export const seconds = (ms: number): number => ms / 1000;

/** Those that a logarithmic axis can show. */
export const defined = (values: readonly (number | null | undefined)[]): number[] =>
  values.filter((value): value is number => typeof value === 'number' && value > 0);

/** The deadline as a level across a chart, where there is one. */
export function deadlineOf({ deadlineMs }: LoadPageData): Level[] {
  return deadlineMs === null ? [] : [{ value: deadlineMs, label: `deadline ${formatMs(deadlineMs)}` }];
}

/** What a latency counts from, by which clock. */
export function clockOf({ open, generators }: LoadPageData): string {
  const from = open ? 'from the moment a request was due' : 'from sending';
  return `${from}, by the ${generators.length > 1 ? 'generators’ clocks' : 'generator’s clock'}`;
}

/** By whose clock how late a request was sent is known. */
export const byClock = ({ generators }: LoadPageData): string =>
  `by ${generators.length > 1 ? 'its generator’s clock' : 'the generator’s clock'}`;

/** Points of a distribution as a line; what is below a microsecond is drawn as one. */
export function curveLine(
  label: string,
  color: string,
  curve: readonly QuantilePoint[],
  isThin = false,
): LoadLine {
  return { label, color, isThin, isCurve: true, points: curve.map(({ q, ms }) => [q, Math.max(ms, 1e-3)]) };
}
