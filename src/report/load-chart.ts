import type { EChartsCoreOption } from 'echarts/core';
import type { Axis } from './load-axis.ts';
import { dot, type Locate, line, marks, rect, type Shape, text, whisker } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { spread } from './spread.ts';
import { paint } from './theme.ts';

/** A line over an axis of any kind; a value of null interrupts it. */
export interface LoadLine {
  /** Stands at the line's end. */
  readonly label: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, value: number | null])[];
  readonly isThin?: boolean;
  /** Its points are places of a smooth curve, not findings of their own: no dots. */
  readonly isCurve?: boolean;
}

/** A row of marks above the plot: when something happened, and how much of it. */
export interface Lane {
  /** Stands at its right. */
  readonly label: string;
  readonly color: string;
  readonly marks: readonly { readonly from: number; readonly to: number; readonly share: number }[];
}

/** A level across the plot, such as a deadline. */
export interface Level {
  readonly value: number;
  readonly label: string;
}

/** What a chart of a load run shows. */
export interface LoadChart {
  readonly x: Axis;
  readonly y: Axis;
  readonly xName: string;
  readonly lines: readonly LoadLine[];
  readonly lanes?: readonly Lane[];
  readonly levels?: readonly Level[];
  /** 95 % intervals at single points. */
  readonly intervals?: readonly {
    readonly x: number;
    readonly ends: readonly [number, number];
    readonly color: string;
  }[];
}

const margin = { top: 12, left: 50, right: 88, bottom: 44 };
const laneHeight = 17;
/** Up to so many points of all lines have a dot each. */
const mostDots = 60;

/** Lines with labels at their ends, lanes above them, a level across them. */
export function loadChart(input: LoadChart, width: number): Chart {
  const lanes = input.lanes ?? [];
  const top = margin.top + lanes.length * laneHeight;
  const height = (width < 450 ? 300 : 330) + lanes.length * laneHeight;
  const { x, y, lines } = input;
  const dots = lines.reduce((sum, { points }) => sum + points.length, 0) <= mostDots;
  const option = {
    grid: { ...margin, top, containLabel: false },
    xAxis: xAxis(x, input.xName, width),
    yAxis: axisOf(y, y.ticks, { splitLine: { show: true, lineStyle: { color: paint('grid') } } }),
    series: [
      marks((locate) => levelShapes(input, locate, width), 1),
      ...lines.map((one) => lineSeries(one, input)),
      marks(
        (locate) => [
          ...lines.flatMap((one) => dotShapes(one, input, locate, dots)),
          ...intervalShapes(input, locate),
        ],
        4,
      ),
      marks((locate) => labelShapes(input, [top, height - margin.bottom], locate, width), 5),
      marks((locate) => lanes.flatMap((lane, row) => laneShapes(lane, row, input, locate, width)), 5),
    ],
  };
  return { option, width, height };
}

function xAxis(axis: Axis, name: string, width: number): EChartsCoreOption {
  // A label needs some 48 px.
  const room = (width - margin.left - margin.right) / (axis.high - axis.low);
  let lastPx = Number.NEGATIVE_INFINITY;
  const ticks = axis.ticks.filter((tick) => {
    const px = (tick - axis.low) * room;
    if (px - lastPx < 48) return false;
    lastPx = px;
    return true;
  });
  return axisOf(axis, ticks, {
    name,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: paint('muted'), fontSize: 12 },
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: paint('ideal') } },
  });
}

function axisOf(axis: Axis, ticks: readonly number[], more: object): EChartsCoreOption {
  return {
    type: 'value',
    min: axis.low,
    max: axis.high,
    axisLine: { show: false },
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      color: paint('muted'),
      fontSize: 12,
      customValues: ticks,
      formatter: (tick: number) => axis.label(tick),
    },
    ...more,
  };
}

function lineSeries({ points, color, isThin }: LoadLine, { x, y }: LoadChart): EChartsCoreOption {
  return {
    type: 'line',
    silent: true,
    symbol: 'none',
    clip: false,
    z: isThin ? 2 : 3,
    lineStyle: { color, width: isThin ? 1.25 : 2 },
    data: points.map(([at, value]) => [x.at(at), value === null ? '-' : y.at(value)]),
  };
}

/** All points where they are few; of many only those that no line reaches. */
function dotShapes(
  { points, color, isCurve }: LoadLine,
  { x, y }: LoadChart,
  locate: Locate,
  isAll: boolean,
): Shape[] {
  if (isCurve && points.length > 1) return [];
  return points.flatMap(([at, value], index) => {
    const isLone = (points[index - 1]?.[1] ?? null) === null && (points[index + 1]?.[1] ?? null) === null;
    return value !== null && (isAll || isLone) ? [dot(locate(x.at(at), y.at(value)), 2.5, color, null)] : [];
  });
}

function intervalShapes({ intervals = [], x, y }: LoadChart, locate: Locate): Shape[] {
  return intervals.map(({ x: at, ends: [low, high], color }) =>
    whisker(locate(x.at(at), y.at(low)), locate(x.at(at), y.at(high)), color, [false, false]),
  );
}

function levelShapes({ levels = [], x, y }: LoadChart, locate: Locate, width: number): Shape[] {
  return levels.flatMap(({ value, label }) => {
    if (y.at(value) > y.high || y.at(value) < y.low) return [];
    const from = locate(x.low, y.at(value));
    return [
      line(from, [width - margin.right, from[1]], { stroke: paint('muted'), lineDash: [4, 3] }),
      text([from[0] + 4, from[1] - 8], label, { fill: paint('muted'), fontSize: 11 }),
    ];
  });
}

function labelShapes(
  { lines, x, y }: LoadChart,
  range: readonly [number, number],
  locate: Locate,
  width: number,
): Shape[] {
  const ends = lines.flatMap(({ points, label, color }) => {
    const end = points.findLast(([, value]) => value !== null);
    return end === undefined
      ? []
      : [{ label, color, at: locate(x.at(end[0]), y.at(end[1]!)), isThin: false }];
  });
  const heights = spread(
    ends.map(({ at }) => at[1]),
    13,
    range,
  );
  const left = width - margin.right + 14;
  return ends.flatMap(({ at, label, color }, index) => [
    line([at[0] + 4, at[1]], [left - 3, heights[index]!], { stroke: color, lineWidth: 0.75 }),
    text([left, heights[index]!], label, { fontSize: 11 }),
  ]);
}

function laneShapes(
  { label, color, marks: spans }: Lane,
  row: number,
  { x, y }: LoadChart,
  locate: Locate,
  width: number,
): Shape[] {
  const middle = 9 + row * laneHeight;
  const px = (value: number): number => locate(x.at(value), y.low)[0];
  const end = width - margin.right;
  return [
    line([margin.left, middle + 5], [end, middle + 5], { stroke: paint('grid') }),
    ...spans.map(({ from, to, share }) => {
      const left = px(from);
      // One request of thousands must be seen.
      const tall = Math.max(2.5, 11 * Math.min(1, share));
      return rect([left, middle + 5 - tall], [Math.max(1.5, px(to) - left), tall], { fill: color });
    }),
    text([end + 6, middle], label, { fontSize: 11, fill: paint('muted') }),
  ];
}
