import type { MeasuredCell, SettingName } from '../../../dataset/index.ts';
import { dataTable } from '../../figure.ts';
import { formatMs, formatRatio } from '../../format.ts';
import type { Markup } from '../../html.ts';
import { apart, busiest, byBatch, pairCells, spreadOf } from '../analysis.ts';
import { lineFigure } from '../line-figure.ts';
import { curveCells, failedCells, footnotesOf, type PageContext, valuesOf } from '../page-context.ts';
import { latencyMeasure, pointsOf, valuePaint } from '../plot.ts';
import type { Section, SiteFigure } from '../site-figure.ts';
import {
  barWords,
  batchAxis,
  fixedWords,
  latencyWords,
  namedValue,
  settingWords,
  threadsAxis,
  threadsWords,
  valueWords,
} from '../words.ts';

/** Headings of settings that are compared side by side. */
const headings: Partial<Readonly<Record<SettingName, string>>> = {
  engine: 'Engines',
  precision: 'Precisions',
  optimization: 'Graph Optimization Levels',
  hardwareThreads: 'Hardware Threads Side By Side',
  mapping: 'Mappings Side By Side',
  memoryPolicy: 'Memory Policies',
  allocator: 'Allocators',
  hugePages: 'Huge Pages',
  spinning: 'Spinning',
  interOpThreads: 'Inter-op Threads',
  pinning: 'Pinning',
};

/** At most so many batches are drawn of each setting; the table is of all. */
const mostBatches = 4;

/** A section for each setting that differs, but for those that the page has drawn otherwise. */
export function sideBySideSections(context: PageContext, drawn: readonly SettingName[]): Section[] {
  return [...context.choice.varying.keys()]
    .filter((name) => headings[name] !== undefined && !drawn.includes(name))
    .map((name) => sectionOf(context, name))
    .filter(({ subsections }) => subsections.some(({ figures }) => figures.length > 0));
}

function sectionOf(context: PageContext, name: SettingName): Section {
  const sets = valuesOf(context, name).map((value) => curveCells(context, { [name]: value }));
  return {
    id: `setting-${name}`,
    heading: headings[name]!,
    intro: ratioTable(context, name, sets),
    subsections: [
      {
        id: `setting-${name}-latency`,
        heading: 'Latency Per Batch',
        figures: chosenBatches(sets).map((batch) => batchFigure(context, name, sets, batch)),
      },
    ],
  };
}

/** The smallest and largest batch that several values have, the best one for throughput, and one between. */
function chosenBatches(sets: readonly (readonly MeasuredCell[])[]): number[] {
  const several = [...byBatch(sets.flat())].filter(
    ([, cells]) => new Set(cells.map((cell) => sets.findIndex((own) => own.includes(cell)))).size > 1,
  );
  const batches = several.map(([batch]) => batch);
  if (batches.length <= mostBatches) return batches;
  const best = busiest(several.flatMap(([, cells]) => cells)).batch;
  const middle = batches[Math.floor(batches.length / 2)]!;
  return [...new Set([batches[0]!, middle, best, batches.at(-1)!])].sort((a, b) => a - b);
}

function batchFigure(
  context: PageContext,
  name: SettingName,
  sets: readonly (readonly MeasuredCell[])[],
  batch: number,
): SiteFigure {
  const values = valuesOf(context, name);
  const own = sets.map((cells) => cells.filter((cell) => cell.batch === batch));
  const all = own.flat();
  const most = Math.max(...all.map(({ threads }) => threads));
  const title = batchTitle(
    context,
    name,
    batch,
    all.filter(({ threads }) => threads === most),
  );
  return lineFigure({
    file: `${context.stem}-latency-${name}-${batch}`,
    alt: `${context.name} Latency by ${settingWords[name]} BS=${batch}`,
    title,
    subtitle: `${latencyWords(all)}, over threads${barWords(all)}${fixedWords(context, [name])}`,
    foot: context.foot,
    definition: 'side-by-side',
    footnotes: footnotesOf(
      values
        .flatMap((value) => failedCells(context, { [name]: value }))
        .filter((cell) => cell.batch === batch),
    ),
    by: { column: name, words: settingWords[name] },
    x: threadsAxis,
    y: { column: 'latency_ms', words: 'latency, ms' },
    format: formatMs,
    ideal: 'halves',
    lines: values.map((value, index) => ({
      name: valueWords(name, value),
      label: valueWords(name, value),
      color: valuePaint(index),
      points: pointsOf(own[index]!, latencyMeasure),
    })),
  });
}

/**
 * The fastest value against the usual one, or the next where it is that, as far as their intervals do not meet; of trusted cells where there are two.
 *
 * @param cells Of one batch and number of threads.
 */
function batchTitle(
  { choice }: PageContext,
  name: SettingName,
  batch: number,
  cells: readonly MeasuredCell[],
): string {
  const trusted = cells.filter((cell) => cell.trusted);
  const told = trusted.length > 1 ? trusted : cells;
  const [first, ...others] = told.toSorted((a, b) => a.latency.ms - b.latency.ms);
  const second = others.find(({ variant }) => variant[name] === choice.usual[name]) ?? others[0];
  if (first === undefined || second === undefined) return `Batch ${batch} by ${settingWords[name]}`;
  const where = `Batch ${batch} at ${threadsWords(first.threads)}${trusted.length > 1 ? '' : ' (disturbed)'}`;
  const [fast, slow] = [first, second].map(({ variant }) => valueWords(name, variant[name]));
  const { apart: differing, known } = apart([{ threads: first.threads, batch, base: first, other: second }]);
  return known > differing
    ? `${where}: no difference between ${settingWords[name]} ${fast} and ${slow} is shown`
    : `${where}: ${namedValue(name, first.variant[name])} is ${formatRatio(second.latency.ms / first.latency.ms)} times as fast as ${slow}`;
}

/** Each value's latency over the usual one's, over all cells that both have. */
function ratioTable(
  context: PageContext,
  name: SettingName,
  sets: readonly (readonly MeasuredCell[])[],
): Markup {
  const values = valuesOf(context, name);
  const rows = values.slice(1).map((value, index) => {
    const pairs = pairCells(sets[0]!, sets[index + 1]!);
    const spread = spreadOf(pairs.map(({ base, other }) => other.latency.ms / base.latency.ms));
    const words = (ratio: number | undefined): string =>
      ratio === undefined ? '–' : `${formatRatio(ratio)}×`;
    return [
      valueWords(name, value),
      words(spread?.median),
      words(spread?.least),
      words(spread?.greatest),
      pairs.length,
    ];
  });
  return dataTable(
    `Latency over that with ${settingWords[name]} ${valueWords(name, values[0]!)}, at equal threads and ${batchAxis.words}`,
    [
      { head: settingWords[name] },
      { head: 'median', numeric: true },
      { head: 'least', numeric: true },
      { head: 'greatest', numeric: true },
      { head: 'cells', numeric: true },
    ],
    rows,
  );
}
