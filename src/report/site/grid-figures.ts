import { type Grid, type GridRecord, keyOf } from '../../dataset/index.ts';
import { formatMs, formatNumber } from '../format.ts';
import { batchPaint } from '../theme.ts';
import { trustedOf } from './analysis.ts';
import { statisticsOf, statisticWords } from './grid-table.ts';
import { lineFigure, type PlotPoint } from './line-figure.ts';
import { shortFile } from './page-context.ts';
import { valuePaint } from './plot.ts';
import type { SiteFigure } from './site-figure.ts';
import { batchAxis } from './words.ts';

/** A model file that was not made in another precision has its own. */
export const precisionWords = ({ precision }: Pick<GridRecord, 'precision'>): string =>
  precision === 'original' ? 'in its own precision' : `in ${precision}`;

const pointOf = (record: GridRecord, value: number): PlotPoint => ({
  x: record.batch,
  value,
  interval: null,
  trusted: record.trusted,
  origin: record.origin,
});

const footOf = ({ system, provenance }: Grid): string =>
  provenance.kind === 'published'
    ? `Source: ${provenance.files.map(shortFile).join(', ')}, as published; not measured by thinfer · ${system}`
    : `Source: measured by thinfer · ${system} · ${provenance.until.slice(0, 10)}`;

/** Throughput over batch, a line for each precision; null where no rate is known. */
export function throughputFigure(
  grid: Grid,
  subject: string,
  records: readonly GridRecord[],
): SiteFigure | null {
  const known = records.filter(({ itemsPerSecond }) => itemsPerSecond !== null);
  if (known.length === 0) return null;
  const rate = ({ itemsPerSecond }: GridRecord): number => itemsPerSecond!;
  const best = trustedOf(known).reduce((a, b) => (rate(b) > rate(a) ? b : a));
  const format = (value: number): string => `${formatNumber(value)} ${grid.unit}`;
  return lineFigure({
    file: keyOf(subject, 'throughput'),
    alt: `${subject} Throughput`,
    title: `${subject}: ${format(rate(best))} at most, ${precisionWords(best)} at batch ${best.batch}`,
    subtitle: `Throughput in ${grid.unit} over batch, a line for each precision`,
    foot: footOf(grid),
    definition: 'grid',
    by: { column: 'precision', words: 'precision' },
    x: batchAxis,
    y: { column: 'items_per_second', words: grid.unit },
    format,
    lines: [...Map.groupBy(known, ({ precision }) => precision)].map(([precision, own], index) => ({
      name: precision,
      label: precision,
      color: valuePaint(index),
      points: own.map((record) => pointOf(record, rate(record))).sort((a, b) => a.x - b.x),
    })),
  });
}

/** Latency over batch, a line for each statistic; null where none is known. */
export function latencyFigure(
  grid: Grid,
  subject: string,
  records: readonly GridRecord[],
): SiteFigure | null {
  const statistics = statisticsOf(records);
  if (statistics.length === 0) return null;
  const tails = records
    .filter(({ latencyMs }) => latencyMs['99'] !== undefined)
    .map(({ batch, latencyMs }) => `${formatMs(latencyMs['99']!)} at batch ${batch}`);
  const title =
    tails.length === 0
      ? subject
      : `${subject}: 99 % of the runs take at most ${tails.at(0)}${tails.length > 1 ? `, ${tails.at(-1)}` : ''}`;
  return lineFigure({
    file: keyOf(subject, 'latency'),
    alt: `${subject} Latency`,
    title,
    subtitle: 'Latency of a batch, ms, over batch, a line for each statistic',
    foot: footOf(grid),
    definition: 'grid',
    by: { column: 'statistic', words: 'statistic' },
    x: batchAxis,
    y: { column: 'latency_ms', words: 'latency, ms' },
    format: formatMs,
    lines: statistics.map((name, index) => ({
      name: statisticWords(name),
      label: statisticWords(name),
      color: name === 'average' ? valuePaint(0) : batchPaint(index, statistics.length),
      points: records
        .flatMap((record) => {
          const value = record.latencyMs[name];
          return value === undefined ? [] : [pointOf(record, value)];
        })
        .sort((a, b) => a.x - b.x),
    })),
  });
}
