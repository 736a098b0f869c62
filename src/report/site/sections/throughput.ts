import type { MeasuredCell, SettingName } from '../../../dataset/index.ts';
import { formatRatio } from '../../format.ts';
import { busiest, byBatch, byThreads, trustedOf } from '../analysis.ts';
import { lineFigure } from '../line-figure.ts';
import { curveCells, failedCells, footnotesOf, type PageContext, valuesOf } from '../page-context.ts';
import { numberLines, plain, pointsOf, throughputMeasure } from '../plot.ts';
import type { SiteFigure } from '../site-figure.ts';
import {
  batchAxis,
  fixedWords,
  formatRate,
  namedValue,
  rangeWords,
  threadsAxis,
  threadsWords,
  throughputWords,
} from '../words.ts';
import { wantedWords } from './latency.ts';
import { chartsPerBatch } from './per-batch.ts';

const rateAxis = { column: 'items_per_second', words: 'items/s' } as const;

/** Throughput over threads for one batch, a line for each value of a setting: a chart for each batch. */
export function throughputPerBatch(context: PageContext, setting: SettingName): SiteFigure[] {
  const isOne = valuesOf(context, setting).length === 1;
  return chartsPerBatch(context, setting, {
    measure: throughputMeasure,
    frame: (batch, cells) => {
      const best = busiest(trustedOf(cells.flat()));
      const withValue = isOne ? '' : ` with ${namedValue(setting, best.variant[setting])}`;
      return {
        file: `${context.stem}-throughput-${batch}`,
        alt: `${context.name} Throughput BS=${batch}`,
        title: `Batch ${batch} does most at ${threadsWords(best.threads)}: ${formatRate(best.itemsPerSecond)}${withValue}`,
        subtitle: `${throughputWords(cells.flat())}, over threads${fixedWords(context, [setting])}`,
        definition: 'throughput',
        y: rateAxis,
        format: formatRate,
        ideal: 'doubles',
      };
    },
  });
}

/** Which chart it is. */
interface Named {
  readonly file: string;
  readonly alt: string;
}

/** Throughput over threads with a line for each batch. */
export function throughputOfAllBatches(
  context: PageContext,
  wanted: Partial<Record<SettingName, string>>,
  { file, alt }: Named,
): SiteFigure | null {
  const cells = curveCells(context, wanted);
  if (cells.length === 0) return null;
  const best = busiest(trustedOf(cells));
  return lineFigure({
    file,
    alt,
    title: `Most items per second at ${threadsWords(best.threads)} and batch ${best.batch}: ${formatRate(best.itemsPerSecond)}`,
    subtitle: `${throughputWords(cells)}, over threads, a line for each batch${wantedWords(context, wanted)}`,
    foot: context.foot,
    definition: 'throughput',
    footnotes: footnotesOf(failedCells(context, wanted)),
    by: batchAxis,
    x: threadsAxis,
    y: rateAxis,
    format: formatRate,
    lines: numberLines(linesOf(byBatch(cells)), (batch) => `batch ${batch}`),
  });
}

const linesOf = (groups: ReadonlyMap<number, readonly MeasuredCell[]>) =>
  new Map(
    [...groups].map(([value, cells]) => [value, pointsOf(cells, plain(throughputMeasure.value))] as const),
  );

/** Speed-up over the fewest threads, a line for each batch, beside the ideal. */
export function speedUpFigure(context: PageContext, { file, alt }: Named): SiteFigure | null {
  const cells = curveCells(context);
  const groups = [...byBatch(cells)].filter(([, own]) => own.length > 1);
  if (groups.length === 0) return null;
  const fewest = Math.min(...groups.map(([, own]) => own[0]!.threads));
  const ends = groups.map(([, all]) => {
    const own = trustedOf(all);
    return own[0]!.latency.ms / own.at(-1)!.latency.ms;
  });
  const most = Math.max(...cells.map(({ threads }) => threads));
  const range = rangeWords(ends, formatRatio);
  const formatTimes = (value: number): string => `${formatRatio(value)} times`;
  return lineFigure({
    file,
    alt,
    title: `${threadsWords(most)} are ${range} times as fast as ${fewest}${range.includes(' to ') ? ', depending on the batch' : ''}`,
    subtitle: `Speed-up over ${threadsWords(fewest)}: latency there over latency with more, a line for each batch${fixedWords(context, [])}`,
    foot: context.foot,
    formula: `speed-up(t) = latency(${threadsWords(fewest)}) ÷ latency(t threads)`,
    definition: 'speed-up',
    by: batchAxis,
    x: threadsAxis,
    y: { column: 'speed_up', words: 'times as fast' },
    format: formatTimes,
    ideal: 'doubles',
    lines: numberLines(
      new Map(
        groups.map(([batch, own]) => [
          batch,
          pointsOf(
            own,
            plain(({ latency }) => own[0]!.latency.ms / latency.ms),
          ),
        ]),
      ),
      (batch) => `batch ${batch}`,
    ),
  });
}

/** Throughput over batch, a line for each number of threads. */
export function throughputOverBatch(context: PageContext, { file, alt }: Named): SiteFigure | null {
  const cells = curveCells(context);
  const groups = byThreads(cells);
  if (new Set(cells.map(({ batch }) => batch)).size < 2) return null;
  const most = [...groups.keys()].at(-1)!;
  const best = busiest(trustedOf(groups.get(most)!));
  return lineFigure({
    file,
    alt,
    title: `${threadsWords(most)} do most at batch ${best.batch}: ${formatRate(best.itemsPerSecond)}`,
    subtitle: `${throughputWords(cells)}, over batch, a line for each number of threads${fixedWords(context, [])}`,
    foot: context.foot,
    definition: 'throughput',
    footnotes: footnotesOf(failedCells(context)),
    by: threadsAxis,
    x: batchAxis,
    y: rateAxis,
    format: formatRate,
    lines: numberLines(
      new Map(
        [...groups].map(([threads, own]) => [
          threads,
          pointsOf(own, plain(throughputMeasure.value), ({ batch }) => batch),
        ]),
      ),
      threadsWords,
    ),
  });
}
