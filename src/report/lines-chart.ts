import type { EChartsCoreOption } from 'echarts/core';
import { formatNumber } from './format.ts';
import { type LogScale, logScale } from './log-scale.ts';
import { dot, type Locate, line, marks, type Shape, spread, text, whisker } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { distinct } from './series.ts';
import { batchPaint, paint } from './theme.ts';

/** One point of a line. */
export interface LinePoint {
  readonly threads: number;
  readonly value: number;
  readonly interval: readonly [number, number];
  /** Drawn filled; hollow when disturbed. */
  readonly trusted: boolean;
}

/** One line: a batch over threads. */
export interface BatchLine {
  readonly batch: number;
  readonly points: readonly LinePoint[];
}

/** Lines over threads, both axes log₂. */
export interface LinesInput {
  readonly lines: readonly BatchLine[];
  /** What the value does with twice the threads when scaling is ideal. */
  readonly ideal: 'halves' | 'doubles';
}

const margin = { top: 12, left: 46, right: 74, bottom: 44 };

/** Lines over threads, one a batch, with intervals, hollow disturbed points, ideal lines, and labels at their ends. */
export function linesChart({ lines, ideal }: LinesInput, width: number): Chart {
  const height = width < 450 ? 330 : 372;
  const threads = distinct(lines.flatMap(({ points }) => points.map((point) => point.threads)));
  const scale = logScale(
    lines.flatMap(({ points }) => points.flatMap((point) => [...point.interval, point.value])),
    8,
  );
  const colors = lines.map((_, index) => batchPaint(index, lines.length));
  const option = {
    grid: { ...margin, containLabel: false },
    xAxis: threadsAxis(threads),
    yAxis: valueAxis(scale),
    series: [
      marks((locate) => idealShapes(lines, ideal, locate, scale), 1),
      ...lines.map((one, index) => lineSeries(one, colors[index]!)),
      marks((locate) => lines.flatMap((one, index) => pointShapes(one, colors[index]!, locate)), 4),
      marks((locate) => labelShapes(lines, colors, locate), 5),
    ],
  };
  return { option, width, height };
}

function threadsAxis(threads: readonly number[]): EChartsCoreOption {
  const positions = threads.map(Math.log2);
  const low = Math.min(...positions);
  const high = Math.max(...positions);
  const room = Math.max((high - low) * 0.06, 0.06);
  return {
    ...axisBase(positions, low - room, high + room),
    name: 'threads',
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

function lineSeries({ points }: BatchLine, color: string): EChartsCoreOption {
  return {
    type: 'line',
    silent: true,
    symbol: 'none',
    clip: false,
    z: 3,
    lineStyle: { color, width: 2 },
    data: points.map((point) => [Math.log2(point.threads), Math.log2(point.value)]),
  };
}

function pointShapes({ points }: BatchLine, color: string, locate: Locate): Shape[] {
  return points.flatMap((point) => {
    const x = Math.log2(point.threads);
    const [low, high] = point.interval;
    const ends = whisker(locate(x, Math.log2(low)), locate(x, Math.log2(high)), color);
    return [...ends, dot(locate(x, Math.log2(point.value)), 4, color, !point.trusted)];
  });
}

function idealShapes(
  lines: readonly BatchLine[],
  ideal: LinesInput['ideal'],
  locate: Locate,
  scale: LogScale,
): Shape[] {
  const slope = ideal === 'halves' ? -1 : 1;
  return lines.flatMap(({ points }, index) => {
    const [first, ...more] = points;
    const last = more.at(-1);
    if (!first || !last) return [];
    const x = Math.log2(first.threads);
    const y = Math.log2(first.value);
    const beyond = slope > 0 ? scale.high : scale.low;
    const run = Math.min(Math.log2(last.threads) - x, Math.abs(beyond - y));
    const end = locate(x + run, y + slope * run);
    const shapes = [line(locate(x, y), end, { stroke: paint('ideal'), lineWidth: 1 })];
    const isOutermost = index === (slope > 0 ? lines.length - 1 : 0);
    return isOutermost ? [...shapes, idealLabel(end, slope)] : shapes;
  });
}

function idealLabel([x, y]: readonly [number, number], slope: number): Shape {
  const at: [number, number] = [x - 5, slope > 0 ? y + 2 : y - 4];
  return text(at, 'ideal', { fill: paint('muted'), fontSize: 11, align: 'right' });
}

function labelShapes(lines: readonly BatchLine[], colors: readonly string[], locate: Locate): Shape[] {
  const ends = lines.map(({ points }) => {
    const last = points[points.length - 1]!;
    return locate(Math.log2(last.threads), Math.log2(last.value));
  });
  const columns = Map.groupBy(ends.keys(), (index) => ends[index]![0]);
  return [...columns.values()].flatMap((members) => {
    const heights = spread(
      members.map((index) => ends[index]![1]),
      13,
    );
    return members.flatMap((index, rank) =>
      endLabel(ends[index]!, heights[rank]!, `batch ${lines[index]!.batch}`, colors[index]!),
    );
  });
}

function endLabel(end: readonly [number, number], height: number, label: string, color: string): Shape[] {
  const moved = Math.abs(height - end[1]) > 3;
  const leader = line([end[0] + 6, end[1]], [end[0] + 14, height], { stroke: color, lineWidth: 0.75 });
  const words = text([end[0] + (moved ? 16 : 9), height], label, { fontSize: 11.5, fill: paint('ink') });
  return moved ? [leader, words] : [words];
}
