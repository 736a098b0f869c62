import type { EChartsCoreOption } from 'echarts/core';
import type { ComparedCell } from '../compare/index.ts';
import { latticeAxis } from './cells-chart.ts';
import { formatQuotient } from './compare-words.ts';
import { formatRatio } from './format.ts';
import { dot, marks, rect, type Shape, text } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { distinct } from './series.ts';
import { paint } from './theme.ts';

const margin = { top: 8, left: 46, right: 8, bottom: 44 };
const rowHeight = 30;

/** Of a digit of the words in the cells, in px. */
const digitWidth = 7;

/** Ratios of this size, either way, have the strongest colour. */
const strongest = Math.log(1.5);

interface Lattice {
  readonly threads: readonly number[];
  readonly batches: readonly number[];
  readonly cellWidth: number;
}

/**
 * Ratios over threads × batch: orange where B is slower, blue where it is faster, framed where that was shown. Cells
 * without a verdict are dashed, with their ratio where there is one, and disturbed ones bear a hollow dot.
 */
export function compareHeatChart(cells: readonly ComparedCell[], width: number): Chart {
  const threads = distinct(cells.map((cell) => cell.threads));
  const batches = distinct(cells.map((cell) => cell.batch));
  const cellWidth = Math.min(96, (width - margin.left - margin.right) / threads.length);
  const lattice = { threads, batches, cellWidth };
  const height = margin.top + margin.bottom + rowHeight * batches.length;
  const title = text([margin.left - 8, height - 30], 'batch', { fill: paint('muted'), align: 'right' });
  const option: EChartsCoreOption = {
    grid: { ...margin, right: width - margin.left - cellWidth * threads.length, containLabel: false },
    xAxis: { ...latticeAxis(threads), name: 'threads', nameLocation: 'middle', nameGap: 26 },
    yAxis: { ...latticeAxis(batches) },
    series: [marks(() => [...cells.flatMap((cell) => cellShapes(cell, lattice)), title])],
  };
  return { option, width, height };
}

function cellShapes(cell: ComparedCell, { threads, batches, cellWidth }: Lattice): Shape[] {
  const x = margin.left + threads.indexOf(cell.threads) * cellWidth;
  const y = margin.top + (batches.length - 1 - batches.indexOf(cell.batch)) * rowHeight;
  const size = [cellWidth - 4, rowHeight - 4] as const;
  const isJudged = cell.verdict !== 'not comparable';
  const isShown = cell.verdict === 'slower' || cell.verdict === 'faster';
  const shapes: Shape[] = [];
  if (cell.ratio !== null) {
    const share = Math.min(1, Math.abs(Math.log(cell.ratio)) / strongest);
    const fill = { fill: hueOf(cell.ratio), opacity: (isJudged ? 1 : 0.5) * (0.06 + 0.5 * share) };
    shapes.push(rect([x + 2, y + 2], size, fill, 3));
  }
  if (isShown) shapes.push(rect([x + 2, y + 2], size, frame(hueOf(cell.ratio!), 2), 3));
  else if (!isJudged)
    shapes.push(
      rect(
        [x + 2.5, y + 2.5],
        [size[0] - 1, size[1] - 1],
        { ...frame(paint('ideal'), 1), lineDash: [3, 3] },
        3,
      ),
    );
  const word = wordOf(cell, cellWidth);
  if (cellWidth >= 34 || word.length < 2) {
    const style = {
      align: 'center',
      fill: paint(isJudged ? 'ink' : 'muted'),
      ...(cellWidth < 42 ? { fontSize: 11 } : {}),
    };
    shapes.push(text([x + cellWidth / 2, y + rowHeight / 2], word, style));
  }
  if (cell.obstacle === 'disturbed')
    shapes.push(dot([x + cellWidth - 9, y + 9], 2.75, paint('muted'), paint('page')));
  return shapes;
}

const hueOf = (ratio: number): string => paint(ratio >= 1 ? 'fat' : 'plan');

const frame = (stroke: string, lineWidth: number): object => ({ fill: 'none', stroke, lineWidth });

function wordOf({ ratio, obstacle, verdict }: ComparedCell, cellWidth: number): string {
  if (obstacle === 'same runs') return '=';
  if (ratio !== null && (verdict === 'slower' || verdict === 'faster')) return shownRatio(ratio, cellWidth);
  if (ratio !== null) return ratio >= 10 ? formatRatio(ratio) : ratio.toFixed(2);
  if (obstacle === 'only in A') return 'A';
  if (obstacle === 'only in B') return 'B';
  return '×';
}

/** A ratio that was shown to differ from 1 doesn't read as 1. */
function shownRatio(ratio: number, cellWidth: number): string {
  const short = ratio >= 10 ? formatRatio(ratio) : ratio.toFixed(2);
  if (Number(short) !== 1) return short;
  const long = formatQuotient(ratio);
  return long.length * digitWidth <= cellWidth - 8 ? long : ratio > 1 ? '>1' : '<1';
}
