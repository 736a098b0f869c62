import type { MeasuredCell } from '../../../dataset/index.ts';
import { formatNumber } from '../../format.ts';
import { byBatch, trustedOf } from '../analysis.ts';
import { lineFigure, type PlotPoint } from '../line-figure.ts';
import { curveCells, type PageContext } from '../page-context.ts';
import { numberLines, plain, pointsOf } from '../plot.ts';
import type { Section, SiteFigure } from '../site-figure.ts';
import { batchAxis, fixedWords, plainPercent, threadsAxis, threadsWords } from '../words.ts';

/** GFLOP/s and its share of the machine's measured peak; null where the model's operations are not known. */
export function gflopsSection(context: PageContext): Section | null {
  const { flopsPerItem } = context.dataset;
  const cells = curveCells(context);
  if (flopsPerItem === null || cells.length === 0) return null;
  const rate = ({ itemsPerSecond }: MeasuredCell): number => (itemsPerSecond * flopsPerItem) / 1e9;
  const figures = [rateFigure(context, cells, rate), peakFigure(context, cells, rate)];
  return {
    id: 'gflops',
    heading: 'Operations Per Second',
    intro: `One item takes ${formatNumber(flopsPerItem / 1e9)} GFLOP.`,
    subsections: [
      { id: 'gflops-threads', heading: 'GFLOP/s Per Batch', figures: figures.filter((one) => one !== null) },
    ],
  };
}

type Rate = (cell: MeasuredCell) => number;

const linesOf = (cells: readonly MeasuredCell[], value: Rate): Map<number, PlotPoint[]> =>
  new Map([...byBatch(cells)].map(([batch, own]) => [batch, pointsOf(own, plain(value))]));

function rateFigure(context: PageContext, cells: readonly MeasuredCell[], rate: Rate): SiteFigure {
  const best = trustedOf(cells).reduce((a, b) => (rate(b) > rate(a) ? b : a));
  const formatGflops = (value: number): string => `${formatNumber(value)} GFLOP/s`;
  return lineFigure({
    file: `${context.stem}-gflops`,
    alt: `${context.name} GFLOP/s`,
    title: `${formatGflops(rate(best))} at most, at ${threadsWords(best.threads)} and batch ${best.batch}`,
    subtitle: `GFLOP/s of one instance over threads, a line for each batch${fixedWords(context, [])}`,
    foot: context.foot,
    formula: 'GFLOP/s = operations of one item × items per second ÷ 10⁹',
    definition: 'gflops',
    by: batchAxis,
    x: threadsAxis,
    y: { column: 'gflops', words: 'GFLOP/s' },
    format: formatGflops,
    ideal: 'doubles',
    lines: numberLines(linesOf(cells, rate), (batch) => `batch ${batch}`),
  });
}

/** The peak is one of fp32: quantized models do other operations, and may do more of them. */
function peakFigure(context: PageContext, cells: readonly MeasuredCell[], rate: Rate): SiteFigure | null {
  const { peakGflops } = context.dataset.machine;
  const known = cells.filter(
    ({ threads, variant }) => variant.precision === 'original' && peakGflops?.has(threads),
  );
  if (peakGflops === null || known.length === 0) return null;
  const share: Rate = (cell) => (rate(cell) / peakGflops.get(cell.threads)!) * 100;
  const best = trustedOf(known).reduce((a, b) => (share(b) > share(a) ? b : a));
  return lineFigure({
    file: `${context.stem}-gflops-share`,
    alt: `${context.name} Share of the peak`,
    title: `At most ${plainPercent(share(best) / 100)} of the measured peak, at ${threadsWords(best.threads)} and batch ${best.batch}`,
    subtitle: `GFLOP/s as a share of the peak that was measured with as many threads, over threads, a line for each batch${fixedWords(context, [])}`,
    foot: context.foot,
    formula: 'share = GFLOP/s ÷ measured peak × 100',
    definition: 'peak-share',
    by: batchAxis,
    x: threadsAxis,
    y: { column: 'peak_percent', words: '% of the peak' },
    format: (value) => plainPercent(value / 100),
    scale: 'linear',
    lines: numberLines(linesOf(known, share), (batch) => `batch ${batch}`),
  });
}
