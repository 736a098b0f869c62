import { type Cell, distinctNumbers } from '../../../dataset/index.ts';
import { busiest, trustworthy } from '../analysis.ts';
import { heatFigure } from '../heat-figure.ts';
import { curveCells, failedCells, footnotesOf, type PageContext } from '../page-context.ts';
import type { Section } from '../site-figure.ts';
import { batchAxis, fixedWords, formatRate, threadsAxis, threadsWords, throughputWords } from '../words.ts';

/** Throughput over threads × batch as a map; null where it would be a line. */
export function heatMapSection(context: PageContext): Section | null {
  const cells = curveCells(context);
  const failed = failedCells(context);
  const all: readonly Cell[] = [...cells, ...failed];
  const threads = distinctNumbers(all.map((cell) => cell.threads));
  const batches = distinctNumbers(all.map(({ batch }) => batch));
  if (cells.length === 0 || threads.length < 2 || batches.length < 2) return null;
  const best = busiest(trustworthy(cells));
  const figure = heatFigure({
    file: `${context.stem}-throughput-map`,
    alt: `${context.name} Throughput over threads and batch`,
    title: `${formatRate(best.itemsPerSecond)} at most, at ${threadsWords(best.threads)} and batch ${best.batch}`,
    subtitle: `${throughputWords(cells)}, over threads and batch; darker is more, in equal steps of the logarithm${fixedWords(context, [])}`,
    foot: context.foot,
    definition: 'throughput',
    footnotes: footnotesOf(failed),
    columns: threads.map(String),
    rows: batches.toReversed().map(String),
    columnName: 'threads',
    rowName: 'batch',
    column: threadsAxis,
    row: batchAxis,
    value: { column: 'items_per_second', words: 'items/s' },
    unit: ' items/s',
    isLog: true,
    isAlone: true,
    tiles: cells.map((cell) => ({
      column: String(cell.threads),
      row: String(cell.batch),
      value: cell.itemsPerSecond,
      trusted: cell.trusted,
    })),
    missing: failed.map((cell) => ({
      column: String(cell.threads),
      row: String(cell.batch),
      word: cell.failure === 'out-of-memory' ? 'no memory' : 'failed',
    })),
  });
  return {
    id: 'map',
    heading: 'All Cells',
    subsections: [{ id: 'map-throughput', heading: 'Throughput Over Threads And Batch', figures: [figure] }],
  };
}
