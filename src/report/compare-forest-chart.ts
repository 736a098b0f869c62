import type { EChartsCoreOption } from 'echarts/core';
import type { ComparedCell } from '../compare/index.ts';
import { cellName, quotientFormat } from './compare-words.ts';
import { drawInterval } from './draw-interval.ts';
import { type LogScale, logScale } from './log-scale.ts';
import { dot, type Locate, line, marks, type Shape, text, whisker } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { paint } from './theme.ts';

const rowHeight = 22;
const margin = { top: 22, right: 56, bottom: 40 };
/** Of a digit of the ratios, in px. */
const digitWidth = 7;

/** What is drawn. */
export interface ForestInput {
  /** Cells with an interval, from top to bottom. */
  readonly cells: readonly ComparedCell[];
  readonly threshold: number;
}

/** Ratios with their intervals, a row each, around the line of no difference; the threshold is dashed. */
export function compareForestChart({ cells, threshold }: ForestInput, width: number): Chart {
  const height = margin.top + margin.bottom + rowHeight * cells.length;
  const left = width < 450 ? 118 : 150;
  const formatOf = quotientFormat(threshold);
  const longest = Math.max(...cells.map(({ ratio }) => formatOf(ratio!).length));
  const right = Math.max(margin.right, 14 + digitWidth * longest);
  const scale = logScale([
    1,
    1 + threshold,
    1 / (1 + threshold),
    ...cells.flatMap(({ ratio, interval }) => [...drawInterval(interval!, ratio!).ends]),
  ]);
  const option: EChartsCoreOption = {
    grid: { ...margin, left, right, containLabel: false },
    xAxis: xAxis(scale),
    yAxis: { type: 'value', min: 0, max: Math.max(1, cells.length), inverse: true, show: false },
    series: [
      marks((locate) => guideShapes(threshold, cells.length, locate), 1),
      marks(
        (locate) =>
          cells.flatMap((cell, row) => rowShapes(cell, row, { locate, left, right, width, formatOf })),
        3,
      ),
    ],
  };
  return { option, width, height };
}

function xAxis({ low, high, ticks }: LogScale): EChartsCoreOption {
  return {
    type: 'value',
    min: low,
    max: high,
    name: 'latency of B over A',
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: paint('muted'), fontSize: 12 },
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: paint('ideal') } },
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      color: paint('muted'),
      fontSize: 12,
      customValues: ticks,
      formatter: (value: number) => String(Number((2 ** value).toPrecision(3))),
    },
  };
}

function guideShapes(threshold: number, rows: number, locate: Locate): Shape[] {
  const upright = (ratio: number, style: object): Shape =>
    line(locate(Math.log2(ratio), 0), locate(Math.log2(ratio), Math.max(1, rows)), style);
  const [x, y] = locate(0, 0);
  const dashed = { stroke: paint('ideal'), lineDash: [3, 3] };
  return [
    upright(1, { stroke: paint('muted') }),
    ...(threshold > 0 ? [upright(1 + threshold, dashed), upright(1 / (1 + threshold), dashed)] : []),
    text([x - 8, y - 10], 'faster', { fill: paint('plan'), align: 'right', fontSize: 11 }),
    text([x + 8, y - 10], 'slower', { fill: paint('fat'), fontSize: 11 }),
  ];
}

interface RowPlace {
  readonly locate: Locate;
  readonly left: number;
  readonly right: number;
  readonly width: number;
  readonly formatOf: (ratio: number) => string;
}

function rowShapes(
  cell: ComparedCell,
  row: number,
  { locate, left, right, width, formatOf }: RowPlace,
): Shape[] {
  const at = (ratio: number): readonly [number, number] => locate(Math.log2(ratio), row + 0.5);
  const color = paint(cell.verdict === 'slower' ? 'fat' : cell.verdict === 'faster' ? 'plan' : 'default');
  const { ends, isCut } = drawInterval(cell.interval!, cell.ratio!);
  const [, y] = at(1);
  const words = width < 450 ? `${cell.threads} × batch ${cell.batch}` : cellName(cell);
  return [
    text([left - 10, y], words, { align: 'right', fontSize: 12 }),
    whisker(at(ends[0]), at(ends[1]), color, isCut),
    dot(at(cell.ratio!), 4, color, null),
    text([width - right + 8, y], formatOf(cell.ratio!), {
      fontSize: 12,
      fill: paint('muted'),
    }),
  ];
}
