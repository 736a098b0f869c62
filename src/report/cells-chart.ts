import type { EChartsCoreOption } from 'echarts/core';
import type { Group } from '../plan/types.ts';
import type { Point } from '../profile/types.ts';
import { formatNumber } from './format.ts';
import { dot, marks, rect, type Shape, text } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { distinct, rateOfMachine } from './series.ts';
import { cellPaint, paint } from './theme.ts';

const margin = { top: 8, left: 46, right: 8, bottom: 44 };
const rowHeight = 30;

/** Where the cells lie: rows are batches, small ones below; columns are thread counts. */
interface Lattice {
  readonly threads: readonly number[];
  readonly batches: readonly number[];
  readonly cellWidth: number;
}

/**
 * Items per second of the machine over threads × batch. Failed cells are dashed and say why, disturbed ones bear a
 * small hollow dot, the cells of `chosen` groups a ring. Colour steps are equal in the logarithm.
 */
export function cellsChart(places: readonly Point[], chosen: readonly Group[], width: number): Chart {
  const threads = distinct(places.map(({ settings }) => settings.threads));
  const batches = distinct(places.map(({ settings }) => settings.batch));
  const cellWidth = Math.min(110, (width - margin.left - margin.right) / threads.length);
  const lattice = { threads, batches, cellWidth };
  const height = margin.top + margin.bottom + rowHeight * batches.length;
  const option: EChartsCoreOption = {
    grid: { ...margin, right: width - margin.left - cellWidth * threads.length, containLabel: false },
    xAxis: { ...latticeAxis(threads), name: 'threads', nameLocation: 'middle', nameGap: 26 },
    yAxis: { ...latticeAxis(batches) },
    series: [
      marks(() => [...cellShapes(places, lattice), ...ringShapes(chosen, lattice), axisTitle(height)]),
    ],
  };
  return { option, width, height };
}

/** An axis of cells side by side, a name each. */
export function latticeAxis(values: readonly number[]): EChartsCoreOption {
  return {
    type: 'category',
    data: values.map(String),
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    nameTextStyle: { color: paint('muted'), fontSize: 12 },
    axisLabel: { color: paint('muted'), fontSize: 12, interval: 0 },
  };
}

function axisTitle(height: number): Shape {
  return text([margin.left - 8, height - 30], 'batch', { fill: paint('muted'), align: 'right' });
}

function cornerOf({ threads, batches, cellWidth }: Lattice, at: Group | Point['settings']): [number, number] {
  const column = threads.indexOf(at.threads);
  const row = batches.length - 1 - batches.indexOf(at.batch);
  return [margin.left + column * cellWidth, margin.top + row * rowHeight];
}

function cellShapes(places: readonly Point[], lattice: Lattice): Shape[] {
  const rates = places.flatMap((place) => (place.state === 'measured' ? rateOfMachine(place).value : []));
  const low = Math.log(Math.min(...rates));
  const range = Math.log(Math.max(...rates)) - low;
  const shareOf = (rate: number): number => (range > 0 ? (Math.log(rate) - low) / range : 0.5);
  return places.flatMap((place) => {
    const corner = cornerOf(lattice, place.settings);
    if (place.state === 'failed') return failedCell(corner, lattice.cellWidth, place.failure);
    const rate = rateOfMachine(place).value;
    return measuredCell(corner, lattice.cellWidth, rate, shareOf(rate), place.verdict.trusted);
  });
}

function measuredCell(
  [x, y]: [number, number],
  width: number,
  rate: number,
  share: number,
  isTrusted: boolean,
): Shape[] {
  const { fill, ink } = cellPaint(share);
  const shapes = [rect([x + 2, y + 2], [width - 4, rowHeight - 4], { fill }, 3)];
  if (width >= 34)
    shapes.push(text([x + width / 2, y + rowHeight / 2], formatNumber(rate), { fill: ink, align: 'center' }));
  if (!isTrusted) shapes.push(dot([x + width - 9, y + 9], 2.75, ink, fill));
  return shapes;
}

function failedCell([x, y]: [number, number], width: number, failure: string): Shape[] {
  const style = { fill: 'none', stroke: paint('ideal'), lineWidth: 1, lineDash: [3, 3] };
  const words = failure === 'out-of-memory' ? ['out of memory', 'no mem', '×'] : ['failed', 'failed', '×'];
  const word = width >= 90 ? words[0]! : width >= 46 ? words[1]! : words[2]!;
  const label = text([x + width / 2, y + rowHeight / 2], word, {
    fill: paint('muted'),
    fontSize: 11,
    align: 'center',
  });
  return [rect([x + 2.5, y + 2.5], [width - 5, rowHeight - 5], style, 3), label];
}

function ringShapes(chosen: readonly Group[], lattice: Lattice): Shape[] {
  const style = { fill: 'none', stroke: paint('ink'), lineWidth: 2 };
  return chosen
    .filter(({ threads, batch }) => lattice.threads.includes(threads) && lattice.batches.includes(batch))
    .map((group) => {
      const [x, y] = cornerOf(lattice, group);
      return rect([x + 0.5, y + 0.5], [lattice.cellWidth - 1, rowHeight - 1], style, 4);
    });
}
