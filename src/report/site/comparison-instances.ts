import type { MeasuredCell } from '../../dataset/index.ts';
import { formatMs, formatPlural } from '../format.ts';
import { trustedOf } from './analysis.ts';
import type { Party } from './comparison-ratios.ts';
import { lineFigure } from './line-figure.ts';
import { contextOf } from './page-context.ts';
import { numberLines, valuePaint } from './plot.ts';
import { instancePoints, setRate, slowestMs, totalsOf } from './sections/instances.ts';
import type { SiteFigure, Subsection } from './site-figure.ts';
import { formatRate } from './words.ts';

/** Where the charts of a comparison stand. */
export interface ComparisonPlace {
  /** What the names of its files begin with. */
  readonly stem: string;
  readonly name: string;
  readonly foot: string;
}

/** Sets of equal instances that several parties have: the same cores shared, the same items. */
interface CommonTotal {
  readonly cores: number;
  readonly items: number;
  readonly sets: readonly { readonly party: Party; readonly cells: readonly MeasuredCell[] }[];
}

/** Equal instances at constant total, side by side: latency, throughput, and which number is best; null where no two parties have them. */
export function instancesSubsection(
  id: string,
  parties: readonly Party[],
  place: ComparisonPlace,
): Subsection | null {
  const totals = commonTotals(parties);
  if (totals.length === 0) return null;
  const best = bestFigure(totals, place);
  return {
    id: `${id}-instances`,
    heading: 'Instances At Constant Total',
    figures: [
      ...totals.flatMap((total) => [latencyFigure(total, place), throughputFigure(total, place)]),
      ...(best === null ? [] : [best]),
    ],
  };
}

function commonTotals(parties: readonly Party[]): CommonTotal[] {
  const found = parties.flatMap((party) =>
    totalsOf(contextOf(party.dataset, null)).flatMap(({ cores, byItems }) =>
      [...byItems].map(([items, cells]) => ({ cores, items, party, cells })),
    ),
  );
  return [...Map.groupBy(found, ({ cores, items }) => `${cores} ${items}`).values()]
    .filter((sets) => sets.length > 1)
    .map((sets) => ({ cores: sets[0]!.cores, items: sets[0]!.items, sets }))
    .sort((a, b) => b.cores - a.cores || a.items - b.items);
}

const bestOf = (cells: readonly MeasuredCell[]): MeasuredCell =>
  trustedOf(cells).reduce((a, b) => (slowestMs(b) < slowestMs(a) ? b : a));

/** `2 instances at sequence 32, 1 at sequence 128`. */
const bestWords = ({ sets }: CommonTotal): string =>
  sets
    .map(({ party: { at, label }, cells }, index) => {
      const { instances } = bestOf(cells);
      return `${index === 0 ? formatPlural(instances, 'instance') : instances} ${at} ${label}`;
    })
    .join(', ');

const linesOf = ({ sets }: CommonTotal, value: (cell: MeasuredCell) => number) =>
  sets.map(({ party, cells }, index) => ({
    name: party.label,
    label: party.label,
    color: valuePaint(index),
    points: instancePoints(cells, value),
  }));

const axes = {
  by: { column: 'dataset', words: 'measured' },
  x: { column: 'instances', words: 'instances' },
} as const;

function latencyFigure(total: CommonTotal, { stem, name, foot }: ComparisonPlace): SiteFigure {
  const { cores, items } = total;
  return lineFigure({
    ...axes,
    file: `${stem}-latency-instances-${cores}-${items}`,
    alt: `${name} Latency over instances compared, ${items} items on ${cores} cores`,
    title: `${formatPlural(items, 'item')} on ${formatPlural(cores, 'core')} take least with ${bestWords(total)}`,
    subtitle: 'Latency of the slowest instance, ms, over the number of instances that share cores and items',
    foot,
    definition: 'instances',
    y: { column: 'slowest_ms', words: 'latency of the slowest, ms' },
    format: formatMs,
    lines: linesOf(total, slowestMs),
  });
}

function throughputFigure(total: CommonTotal, { stem, name, foot }: ComparisonPlace): SiteFigure {
  const { cores, items, sets } = total;
  const most = sets.map(({ party: { at, label }, cells }) => {
    const rate = Math.max(...trustedOf(cells).map(setRate));
    return `${formatRate(rate)} ${at} ${label}`;
  });
  return lineFigure({
    ...axes,
    file: `${stem}-throughput-instances-${cores}-${items}`,
    alt: `${name} Throughput over instances compared, ${items} items on ${cores} cores`,
    title: `${formatPlural(items, 'item')} on ${formatPlural(cores, 'core')}: at most ${most.join(', ')}`,
    subtitle: 'Items per second of all instances, over their number',
    foot,
    definition: 'instances',
    formula: 'throughput = items of all instances ÷ latency of the slowest',
    y: { column: 'items_per_second', words: 'items/s' },
    format: formatRate,
    lines: linesOf(total, setRate),
  });
}

/** The best number of instances over what the parties differ in, where that is one size; a line for each number of items. */
function bestFigure(
  totals: readonly CommonTotal[],
  { stem, name, foot }: ComparisonPlace,
): SiteFigure | null {
  const [dim, ...others] = Object.keys(totals[0]!.sets[0]!.party.dataset.dims);
  const { cores } = totals[0]!;
  const own = totals.filter((total) => total.cores === cores);
  const sizes = own.flatMap(({ sets }) => sets.map(({ party }) => party.dataset.dims[dim ?? '']));
  const isOneSize = own[0]!.sets.every(({ party: { at } }) => at === 'at');
  if (dim === undefined || others.length > 0 || !isOneSize || sizes.includes(undefined)) return null;
  return lineFigure({
    file: `${stem}-best-instances-${cores}`,
    alt: `${name} Best number of instances, ${cores} cores`,
    title: own.map((total) => `${formatPlural(total.items, 'item')}: ${bestWords(total)}`).join('; '),
    subtitle: `The number of instances of the least latency on ${formatPlural(cores, 'core')}, over ${dim}; a line for each number of items`,
    foot,
    definition: 'instances',
    by: { column: 'items', words: 'items' },
    x: { column: dim, words: dim },
    y: { column: 'instances', words: 'instances' },
    format: (count) => formatPlural(count, 'instance'),
    lines: numberLines(
      new Map(
        own.map(({ items, sets }) => [
          items,
          sets
            .map(({ party, cells }) => {
              const { instances, trusted, origin } = bestOf(cells);
              return { x: party.dataset.dims[dim]!, value: instances, interval: null, trusted, origin };
            })
            .sort((a, b) => a.x - b.x),
        ]),
      ),
      (count) => formatPlural(count, 'item'),
    ),
  });
}
