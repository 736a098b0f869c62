import type { MeasuredCell } from '../../../dataset/index.ts';
import { formatNumber } from '../../format.ts';
import { byBatch, trustedOf } from '../analysis.ts';
import { lineFigure } from '../line-figure.ts';
import { curveCells, type PageContext } from '../page-context.ts';
import { numberLines, plain, pointsOf } from '../plot.ts';
import type { Section, SiteFigure } from '../site-figure.ts';
import { batchAxis, fixedWords, threadsAxis, threadsWords } from '../words.ts';

/** Cores that the page's machine is known to have: those it says, or the most threads that ran without hardware threads. */
export function coresOf(context: PageContext): number {
  const { cores } = context.dataset.machine;
  return cores ?? Math.max(1, ...curveCells(context).map(({ threads }) => threads));
}

/** Physical cores under the threads of a cell. */
export function coresUsed({ dataset }: PageContext, { threads, variant }: MeasuredCell): number {
  if (variant.hardwareThreads !== 'on') return threads;
  return Math.ceil(threads / (dataset.machine.threadsPerCore ?? 2));
}

/** What a million items cost in a cell. */
export function pricePerMillion(context: PageContext, cell: MeasuredCell): number | null {
  const { price } = context;
  if (price === null) return null;
  const perCoreHour = price.perHour / (price.cores ?? coresOf(context));
  return (perCoreHour * coresUsed(context, cell) * 1e6) / (cell.itemsPerSecond * 3600);
}

/** Items per second per core and, for a price per hour, the price of a million items. */
export function costSection(context: PageContext): Section | null {
  const cells = curveCells(context);
  if (cells.length === 0) return null;
  const figures = [perCoreFigure(context, cells), priceFigure(context, cells)];
  return {
    id: 'cost',
    heading: 'Cost',
    subsections: [
      { id: 'cost-per-core', heading: 'What A Core Does', figures: figures.filter((one) => one !== null) },
    ],
  };
}

function perCoreFigure(context: PageContext, cells: readonly MeasuredCell[]): SiteFigure {
  const rate = (cell: MeasuredCell): number => cell.itemsPerSecond / coresUsed(context, cell);
  const best = trustedOf(cells).reduce((a, b) => (rate(b) > rate(a) ? b : a));
  const format = (value: number): string => `${formatNumber(value)} items/s per core`;
  return lineFigure({
    file: `${context.stem}-items-per-core`,
    alt: `${context.name} Items per second per core`,
    title: `A core does most, ${formatNumber(rate(best))} items/s, with ${threadsWords(best.threads)} at batch ${best.batch}`,
    subtitle: `Items per second of one instance per core it uses, over threads, a line for each batch${fixedWords(context, [])}`,
    foot: context.foot,
    definition: 'per-core',
    by: batchAxis,
    x: threadsAxis,
    y: { column: 'items_per_second_per_core', words: 'items/s per core' },
    format,
    lines: numberLines(
      new Map([...byBatch(cells)].map(([batch, own]) => [batch, pointsOf(own, plain(rate))])),
      (batch) => `batch ${batch}`,
    ),
  });
}

function priceFigure(context: PageContext, cells: readonly MeasuredCell[]): SiteFigure | null {
  const { price } = context;
  if (price === null) return null;
  const cost = (cell: MeasuredCell): number => pricePerMillion(context, cell)!;
  const best = trustedOf(cells).reduce((a, b) => (cost(b) < cost(a) ? b : a));
  const cores = price.cores ?? coresOf(context);
  return lineFigure({
    file: `${context.stem}-price`,
    alt: `${context.name} Price per million items`,
    title: `A million items cost least, ${formatNumber(cost(best))}, with ${threadsWords(best.threads)} at batch ${best.batch}`,
    subtitle: `Price per million items over threads, a line for each batch; ${formatNumber(price.perHour)} an hour for ${cores} cores, shared equally among them${fixedWords(context, [])}`,
    foot: context.foot,
    formula: 'price per hour × cores used ÷ cores × 10⁶ ÷ (items per second × 3600)',
    definition: 'price',
    by: batchAxis,
    x: threadsAxis,
    y: { column: 'price_per_million_items', words: 'per million items' },
    format: (value) => `${formatNumber(value)} per million items`,
    lines: numberLines(
      new Map([...byBatch(cells)].map(([batch, own]) => [batch, pointsOf(own, plain(cost))])),
      (batch) => `batch ${batch}`,
    ),
  });
}
