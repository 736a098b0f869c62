import type { EChartsCoreOption } from 'echarts/core';
import { type DrawnInterval, drawInterval } from './draw-interval.ts';
import { linearScale } from './linear-scale.ts';
import { tickText, valueAxis, xAxis } from './lines-axes.ts';
import { logScale, type LogScale as Scale } from './log-scale.ts';
import { dot, type Locate, line, marks, type Shape, text, whisker } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { distinct } from './series.ts';
import { spread } from './spread.ts';
import { paint } from './theme.ts';

/** One point of a line. */
export interface LinePoint {
  readonly x: number;
  readonly value: number;
  /** Null where the value has none. */
  readonly interval: readonly [number, number] | null;
  /** Drawn filled; hollow when disturbed. */
  readonly trusted: boolean;
}

/** One line, by ascending `x`. */
export interface Line {
  /** Stands at the line's end; empty: none does. */
  readonly label: string;
  readonly color: string;
  readonly points: readonly LinePoint[];
}

/** Lines over a log₂ axis. */
export interface LinesInput {
  readonly lines: readonly Line[];
  readonly xName: string;
  /** What the value does with twice the `x` when scaling is ideal; null draws no ideal. */
  readonly ideal: 'halves' | 'doubles' | null;
  /** Of the values. Linear axes hold zero, and bear percentages. Default: log. */
  readonly axis?: 'log' | 'linear';
  /** In CSS pixels. Default: 372, on a phone 330. */
  readonly height?: number;
}

const margin = { top: 12, left: 46, right: 76, bottom: 44 };
/** Width of a tick's digit, and what stands between it and the plot. */
const [digitWidth, tickGap] = [6.3, 8];
/** Mean width of a label's letter, and what stands between it and its point. */
const letterWidth = 6;
const labelRoom = 16;
/** A label may take this share of the chart; what is longer is cut. */
const mostLabelShare = 0.36;
/** More points than these are drawn small, and very many smaller still. */
const [manyPoints, veryManyPoints] = [64, 200];

/** How values and dots are drawn. */
interface Pen {
  readonly yOf: (value: number) => number;
  readonly radius: number;
  readonly lineWidth: number;
}

function penOf(lines: readonly Line[], axis: 'log' | 'linear'): Pen {
  const count = lines.reduce((sum, { points }) => sum + points.length, 0);
  const radius = count > veryManyPoints ? 2 : count > manyPoints ? 3 : 4;
  const yOf = axis === 'log' ? Math.log2 : (value: number): number => value;
  return { yOf, radius, lineWidth: count > manyPoints ? 1.5 : 2 };
}

/** Lines with intervals, hollow disturbed points, ideal lines, and labels at their ends. */
export function linesChart(input: LinesInput, width: number): Chart {
  const { lines, xName, ideal, axis = 'log', height = width < 450 ? 330 : 372 } = input;
  const xs = distinct(lines.flatMap(({ points }) => points.map((point) => point.x)));
  const values = lines.flatMap(({ points }) =>
    points.flatMap(({ interval, value }) => [
      ...(interval ? (axis === 'log' ? drawInterval(interval, value).ends : interval) : []),
      value,
    ]),
  );
  const scale = axis === 'log' ? logScale(values) : linearScale(values);
  const pen = penOf(lines, axis);
  const longest = Math.max(...scale.ticks.map((tick) => tickText(axis === 'log' ? 2 ** tick : tick).length));
  const left = Math.max(margin.left, Math.ceil(longest * digitWidth + tickGap));
  const grid = { ...margin, left, right: rightMargin(lines, width) };
  const labelRange = [grid.top, height - grid.bottom] as const;
  const option = {
    grid: { ...grid, containLabel: false },
    xAxis: xAxis(xs, xName, width - grid.left - grid.right),
    yAxis: valueAxis(scale, axis),
    series: [
      marks((locate) => (ideal ? idealShapes(lines, ideal, locate, scale) : []), 1),
      ...lines.map((one) => lineSeries(one, pen)),
      marks((locate) => lines.flatMap((one) => pointShapes(one, locate, pen)), 4),
      marks((locate) => labelShapes(lines, labelRange, locate, pen, grid.right), 5),
    ],
  };
  return { option, width, height };
}

function rightMargin(lines: readonly Line[], width: number): number {
  const longest = Math.max(0, ...lines.map(({ label }) => label.length));
  const wanted = longest * letterWidth + labelRoom;
  return Math.round(Math.min(Math.max(margin.right, wanted), Math.max(margin.right, width * mostLabelShare)));
}

function lineSeries({ points, color }: Line, { yOf, lineWidth }: Pen): EChartsCoreOption {
  return {
    type: 'line',
    silent: true,
    symbol: 'none',
    clip: false,
    z: 3,
    lineStyle: { color, width: lineWidth },
    data: points.map((point) => [Math.log2(point.x), yOf(point.value)]),
  };
}

function pointShapes({ points, color }: Line, locate: Locate, { yOf, radius }: Pen): Shape[] {
  return points.flatMap(({ x, value, interval, trusted }) => {
    const at = (height: number): readonly [number, number] => locate(Math.log2(x), yOf(height));
    const center = at(value);
    const drawn = interval && cut(interval, value, yOf);
    const ends = drawn?.ends.map(at);
    // An interval that its dot covers would only weigh.
    const shows = ends?.some(([, y]) => Math.abs(y - center[1]) > radius);
    const bar = shows ? [whisker(ends![0]!, ends![1]!, color, drawn!.isCut)] : [];
    return [...bar, dot(center, radius, color, trusted ? null : paint('page'))];
  });
}

/** Cut at a factor on a log axis; a linear one is made to hold intervals whole. */
function cut(interval: readonly [number, number], value: number, yOf: Pen['yOf']): DrawnInterval {
  return yOf === Math.log2 ? drawInterval(interval, value) : { ends: interval, isCut: [false, false] };
}

/** On log axes all ideal lines are parallel: of lines that lie close (doubling), one is enough. */
function idealShapes(
  lines: readonly Line[],
  ideal: 'halves' | 'doubles',
  locate: Locate,
  scale: Scale,
): Shape[] {
  const slope = ideal === 'halves' ? -1 : 1;
  const starts = lines
    .filter(({ points }) => points.length > 1)
    .map(({ points }) => ({
      x: Math.log2(points[0]!.x),
      y: Math.log2(points[0]!.value),
      run: Math.log2(points.at(-1)!.x / points[0]!.x),
    }))
    .sort((a, b) => slope * (b.y - a.y) - (b.x - a.x));
  const drawn = ideal === 'halves' ? starts : starts.slice(0, 1);
  return drawn.flatMap(({ x, y, run }, index) => {
    const room = Math.abs((slope > 0 ? scale.high : scale.low) - y);
    const length = Math.min(run, room);
    const at = (share: number): readonly [number, number] =>
      locate(x + share * length, y + slope * share * length);
    const shape = line(at(0), at(1), { stroke: paint('ideal'), lineWidth: 1 });
    // Beside the outermost line there is room for the word.
    return index === 0 ? [shape, idealLabel(at(0.62), slope)] : [shape];
  });
}

function idealLabel([x, y]: readonly [number, number], slope: number): Shape {
  return text([x - 6, y - slope * 7], 'ideal', { fill: paint('muted'), fontSize: 11, align: 'right' });
}

function labelShapes(
  all: readonly Line[],
  range: readonly [number, number],
  locate: Locate,
  { yOf }: Pen,
  room: number,
): Shape[] {
  const lines = all.filter(({ label, points }) => label !== '' && points.length > 0);
  const ends = lines.map(({ points }) => {
    const last = points[points.length - 1]!;
    return locate(Math.log2(last.x), yOf(last.value));
  });
  const most = Math.floor((room - labelRoom) / letterWidth) + 1;
  const reach = lines.map(
    ({ label }, index) => ends[index]![0] + labelRoom + letterWidth * Math.min(label.length, most),
  );
  return columnsOf(
    ends.map(([x]) => x),
    reach,
  ).flatMap((members) => {
    const heights = spread(
      members.map((index) => ends[index]![1]),
      13,
      range,
    );
    return members.flatMap((index, rank) => endLabel(ends[index]!, heights[rank]!, lines[index]!, most));
  });
}

/** Indices of labels that would lie over each other at one height: each begins before one to its left ends. */
function columnsOf(starts: readonly number[], ends: readonly number[]): number[][] {
  const columns: number[][] = [];
  let reached = Number.NEGATIVE_INFINITY;
  for (const index of [...starts.keys()].sort((a, b) => starts[a]! - starts[b]!)) {
    if (starts[index]! > reached) columns.push([]);
    columns.at(-1)!.push(index);
    reached = Math.max(reached, ends[index]!);
  }
  return columns;
}

function endLabel(
  end: readonly [number, number],
  height: number,
  { label, color }: Line,
  most: number,
): Shape[] {
  const moved = Math.abs(height - end[1]) > 3;
  const leader = line([end[0] + 6, end[1]], [end[0] + 14, height], { stroke: color, lineWidth: 0.75 });
  const shown = label.length > most ? `${label.slice(0, most - 1)}…` : label;
  const words = text([end[0] + (moved ? 16 : 9), height], shown, { fontSize: 11 });
  return moved ? [leader, words] : [words];
}
