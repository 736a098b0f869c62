import type { EChartsCoreOption } from 'echarts/core';
import { formatNumber } from '../format.ts';
import { dot, marks, rect, type Shape, text } from '../marks.ts';
import type { Chart } from '../render-chart.ts';
import { cellPaint, paint } from '../theme.ts';

/** One tile of a map. */
export interface HeatTile {
  readonly column: string;
  readonly row: string;
  readonly value: number;
  readonly trusted: boolean;
}

/** A map of tiles; rows are given from the top. */
export interface HeatInput {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly columnName: string;
  readonly rowName: string;
  readonly tiles: readonly HeatTile[];
  /** Whether colour steps are equal in the logarithm. */
  readonly isLog: boolean;
  /** What stands in a tile. Default: the value with three digits. */
  readonly format?: (value: number) => string;
  /** Places without a value, with a word. */
  readonly missing: readonly { readonly column: string; readonly row: string; readonly word: string }[];
}

const margin = { top: 8, right: 8, bottom: 44 };
/** Narrower tiles bear no number; pixels. */
const leastForNumber = 34;

/** Tiles darker where values are larger; disturbed ones bear a small hollow dot. */
export function heatChart(input: HeatInput, width: number): Chart {
  const { columns, rows } = input;
  const left = Math.max(46, 14 + Math.max(...rows.map((row) => row.length)) * 7);
  const tileWidth = Math.min(110, (width - left - margin.right) / columns.length);
  const rowHeight = rows.length > 20 ? 18 : 28;
  const height = margin.top + margin.bottom + rowHeight * rows.length;
  const grid = { ...margin, left, right: width - left - tileWidth * columns.length, containLabel: false };
  const every = Math.max(1, Math.ceil((Math.max(...columns.map((one) => one.length)) * 7 + 6) / tileWidth));
  const option: EChartsCoreOption = {
    grid,
    xAxis: {
      ...axis(columns, (index) => (columns.length - 1 - index) % every === 0),
      name: input.columnName,
      nameLocation: 'middle',
      nameGap: 26,
    },
    yAxis: axis(rows.toReversed(), () => true),
    series: [
      marks(() => [
        ...tileShapes(input, [left, margin.top], [tileWidth, rowHeight]),
        text([left - 8, height - 12], input.rowName, { fill: paint('muted'), align: 'right' }),
      ]),
    ],
  };
  return { option, width, height };
}

function axis(values: readonly string[], interval: (index: number) => boolean): EChartsCoreOption {
  return {
    type: 'category',
    data: [...values],
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    nameTextStyle: { color: paint('muted'), fontSize: 12 },
    axisLabel: { color: paint('muted'), fontSize: 12, interval },
  };
}

function tileShapes(
  { columns, rows, tiles, isLog, format = formatNumber, missing }: HeatInput,
  [left, top]: readonly [number, number],
  [width, height]: readonly [number, number],
): Shape[] {
  const on = isLog ? Math.log : (value: number): number => value;
  const values = tiles.map(({ value }) => on(value));
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const gap = width < 14 ? 0.5 : height < 20 ? 1 : 2;
  const corner = (at: { readonly column: string; readonly row: string }): [number, number] => [
    left + columns.indexOf(at.column) * width,
    top + rows.indexOf(at.row) * height,
  ];
  const shapes = tiles.flatMap((tile) => {
    const [x, y] = corner(tile);
    const { fill, ink } = cellPaint(greatest > least ? (on(tile.value) - least) / (greatest - least) : 0.5);
    const words = format(tile.value);
    return [
      rect([x + gap, y + gap], [width - 2 * gap, height - 2 * gap], { fill }, gap),
      ...(width >= Math.max(leastForNumber, words.length * 7)
        ? [text([x + width / 2, y + height / 2], words, { fill: ink, align: 'center' })]
        : []),
      ...(tile.trusted ? [] : [dot([x + width - 8, y + 8], 2.75, ink, fill)]),
    ];
  });
  const holes = missing.flatMap((at): Shape[] => {
    const [x, y] = corner(at);
    const style = { fill: 'none', stroke: paint('ideal'), lineWidth: 1, lineDash: [3, 3] };
    return [
      rect([x + 2.5, y + 2.5], [width - 5, height - 5], style, 3),
      text([x + width / 2, y + height / 2], width > at.word.length * 6 ? at.word : '×', {
        fill: paint('muted'),
        fontSize: 11,
        align: 'center',
      }),
    ];
  });
  return [...shapes, ...holes];
}
