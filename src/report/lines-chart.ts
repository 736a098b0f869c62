import type { EChartsCoreOption } from 'echarts/core';
import { drawInterval } from './draw-interval.ts';
import { formatNumber } from './format.ts';
import { type LogScale, logScale } from './log-scale.ts';
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
  /** Stands at the line's end. */
  readonly label: string;
  readonly color: string;
  readonly points: readonly LinePoint[];
}

/** Lines with both axes log₂. */
export interface LinesInput {
  readonly lines: readonly Line[];
  readonly xName: string;
  /** What the value does with twice the `x` when scaling is ideal; null draws no ideal. */
  readonly ideal: 'halves' | 'doubles' | null;
}

const dotRadius = 4;
const margin = { top: 12, left: 46, right: 76, bottom: 44 };

/** Lines with intervals, hollow disturbed points, ideal lines, and labels at their ends. */
export function linesChart({ lines, xName, ideal }: LinesInput, width: number): Chart {
  const height = width < 450 ? 330 : 372;
  const xs = distinct(lines.flatMap(({ points }) => points.map((point) => point.x)));
  const scale = logScale(
    lines.flatMap(({ points }) =>
      points.flatMap(({ interval, value }) => [
        ...(interval ? drawInterval(interval, value).ends : []),
        value,
      ]),
    ),
  );
  const labelRange = [margin.top, height - margin.bottom] as const;
  const option = {
    grid: { ...margin, containLabel: false },
    xAxis: xAxis(xs, xName, width),
    yAxis: valueAxis(scale),
    series: [
      marks((locate) => (ideal ? idealShapes(lines, ideal, locate, scale) : []), 1),
      ...lines.map(lineSeries),
      marks((locate) => lines.flatMap((one) => pointShapes(one, locate)), 4),
      marks((locate) => labelShapes(lines, labelRange, locate), 5),
    ],
  };
  return { option, width, height };
}

function xAxis(xs: readonly number[], name: string, width: number): EChartsCoreOption {
  const positions = xs.map(Math.log2);
  const low = Math.min(...positions);
  const high = Math.max(...positions);
  const room = Math.max((high - low) * 0.06, 0.06);
  // A label of four digits needs some 34 px; the largest is always shown.
  const every = Math.ceil((xs.length * 34) / (width - margin.left - margin.right));
  const ticks = positions.filter((_, index) => (positions.length - 1 - index) % every === 0);
  return {
    ...axisBase(ticks, low - room, high + room),
    name,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: paint('muted'), fontSize: 12 },
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: paint('ideal') } },
  };
}

function valueAxis(scale: LogScale): EChartsCoreOption {
  return {
    ...axisBase(scale.ticks, scale.low, scale.high),
    splitLine: { show: true, lineStyle: { color: paint('grid') } },
    axisLine: { show: false },
  };
}

function axisBase(ticks: readonly number[], min: number, max: number): EChartsCoreOption {
  return {
    type: 'value',
    min,
    max,
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      color: paint('muted'),
      fontSize: 12,
      customValues: ticks,
      formatter: (value: number) => tickText(2 ** value),
    },
  };
}

function tickText(value: number): string {
  return formatNumber(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

function lineSeries({ points, color }: Line): EChartsCoreOption {
  return {
    type: 'line',
    silent: true,
    symbol: 'none',
    clip: false,
    z: 3,
    lineStyle: { color, width: 2 },
    data: points.map((point) => [Math.log2(point.x), Math.log2(point.value)]),
  };
}

function pointShapes({ points, color }: Line, locate: Locate): Shape[] {
  return points.flatMap(({ x, value, interval, trusted }) => {
    const at = (height: number): readonly [number, number] => locate(Math.log2(x), Math.log2(height));
    const center = at(value);
    const drawn = interval && drawInterval(interval, value);
    const ends = drawn?.ends.map(at);
    // An interval that its dot covers would only weigh.
    const shows = ends?.some(([, y]) => Math.abs(y - center[1]) > dotRadius);
    const bar = shows ? [whisker(ends![0]!, ends![1]!, color, drawn!.isCut)] : [];
    return [...bar, dot(center, dotRadius, color, trusted ? null : paint('page'))];
  });
}

/** On log axes all ideal lines are parallel: of lines that lie close (doubling), one is enough. */
function idealShapes(
  lines: readonly Line[],
  ideal: 'halves' | 'doubles',
  locate: Locate,
  scale: LogScale,
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

function labelShapes(lines: readonly Line[], range: readonly [number, number], locate: Locate): Shape[] {
  const ends = lines.map(({ points }) => {
    const last = points[points.length - 1]!;
    return locate(Math.log2(last.x), Math.log2(last.value));
  });
  const columns = Map.groupBy(ends.keys(), (index) => ends[index]![0]);
  return [...columns.values()].flatMap((members) => {
    const heights = spread(
      members.map((index) => ends[index]![1]),
      13,
      range,
    );
    return members.flatMap((index, rank) => endLabel(ends[index]!, heights[rank]!, lines[index]!));
  });
}

function endLabel(end: readonly [number, number], height: number, { label, color }: Line): Shape[] {
  const moved = Math.abs(height - end[1]) > 3;
  const leader = line([end[0] + 6, end[1]], [end[0] + 14, height], { stroke: color, lineWidth: 0.75 });
  const words = text([end[0] + (moved ? 16 : 9), height], label, { fontSize: 11 });
  return moved ? [leader, words] : [words];
}
