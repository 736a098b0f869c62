import type { MeasuredCell } from '../../../dataset/index.ts';
import { formatMs, formatPlural, formatRatio } from '../../format.ts';
import { trustedOf } from '../analysis.ts';
import { lineFigure, type PlotPoint } from '../line-figure.ts';
import type { PageContext } from '../page-context.ts';
import { numberLines, plain, pointsOf } from '../plot.ts';
import type { Section, SiteFigure } from '../site-figure.ts';
import { formatRate } from '../words.ts';

/** Sets of equal instances that share the same cores and items. */
export interface Total {
  readonly cores: number;
  /** By items of the whole set; each by number of instances. */
  readonly byItems: ReadonlyMap<number, readonly MeasuredCell[]>;
}

/** Instances × batch at constant total: the slowest instance's latency and the set's throughput over the number of instances. */
export function instancesSection(context: PageContext): Section | null {
  const totals = totalsOf(context);
  if (totals.length === 0) return null;
  return {
    id: 'instances',
    heading: 'Instances At Constant Total',
    subsections: totals.map((total) => ({
      id: `instances-${total.cores}`,
      heading: `${total.cores} Cores Shared`,
      figures: [latencyFigure(context, total), throughputFigure(context, total)],
    })),
  };
}

/**
 * Whether nothing ran beside a set: its instances fill the cores that were shared. On more cores a smaller instance runs on those that are
 * left over.
 */
const fillsItsCores = ({ variant: { mode }, instances, threads }: MeasuredCell): boolean =>
  !mode.startsWith('together on ') || mode === `together on ${instances * threads}`;

/** Sets by the cores they share, in settings that are usual but for the mode; the two largest numbers of cores. */
export function totalsOf({ dataset, choice }: Pick<PageContext, 'dataset' | 'choice'>): Total[] {
  const isUsual = ({ variant }: MeasuredCell): boolean =>
    (Object.keys(variant) as (keyof typeof variant)[]).every(
      (name) => name === 'mode' || variant[name] === choice.usual[name],
    );
  const sets = dataset.cells
    .filter((cell) => cell.state === 'measured')
    .filter(isUsual)
    .filter(fillsItsCores);
  const byCores = Map.groupBy(sets, ({ instances, threads }) => instances * threads);
  return [...byCores]
    .sort(([a], [b]) => b - a)
    .flatMap(([cores, cells]) => {
      const byItems = Map.groupBy(cells, ({ instances, batch }) => instances * batch);
      const several = [...byItems]
        .map(([items, own]) => [items, distinctSets(own)] as const)
        .filter(([, own]) => own.length > 1)
        .sort(([a], [b]) => a - b);
      return several.length === 0 ? [] : [{ cores, byItems: new Map(several) }];
    })
    .slice(0, 2);
}

/** One cell for each number of instances: where one instance was measured alone and together, the latter. */
function distinctSets(cells: readonly MeasuredCell[]): MeasuredCell[] {
  const byInstances = new Map<number, MeasuredCell>();
  for (const cell of cells)
    if (!byInstances.has(cell.instances) || cell.variant.mode.startsWith('together'))
      byInstances.set(cell.instances, cell);
  return [...byInstances.values()].sort((a, b) => a.instances - b.instances);
}

/** Latency of a set: that of its slowest instance, in ms. */
export const slowestMs = ({ latency }: MeasuredCell): number => latency.slowestMs ?? latency.ms;

/** Items per second of a set. */
export const setRate = (cell: MeasuredCell): number => (cell.instances * cell.batch * 1000) / slowestMs(cell);

/** Sets as points over their number of instances. */
export const instancePoints = (
  cells: readonly MeasuredCell[],
  value: (cell: MeasuredCell) => number,
): PlotPoint[] => pointsOf(cells, plain(value), ({ instances }) => instances);

const linesOf = ({ byItems }: Total, value: (cell: MeasuredCell) => number): Map<number, PlotPoint[]> =>
  new Map([...byItems].map(([items, cells]) => [items, instancePoints(cells, value)]));

const axes = {
  by: { column: 'items', words: 'items' },
  x: { column: 'instances', words: 'instances' },
} as const;

function latencyFigure(context: PageContext, total: Total): SiteFigure {
  const [items, cells] = [...total.byItems].at(-1)!;
  const best = trustedOf(cells).reduce((a, b) => (slowestMs(b) < slowestMs(a) ? b : a));
  const ratio = slowestMs(cells[0]!) / slowestMs(best);
  return lineFigure({
    ...axes,
    file: `${context.stem}-latency-instances-${total.cores}`,
    alt: `${context.name} Latency over instances, ${total.cores} cores`,
    title: `${formatPlural(items, 'item')} on ${total.cores} cores: ${formatPlural(best.instances, 'instance')} of ${formatPlural(best.threads, 'thread')} ${best.instances === 1 ? 'is' : 'are'} best${best === cells[0] ? '' : `, ${formatRatio(ratio)} times as fast as ${cells[0]!.instances}`}`,
    subtitle:
      'Latency of the slowest instance, ms, over the number of instances that share cores and items; a line for each number of items in all',
    foot: context.foot,
    definition: 'instances',
    y: { column: 'slowest_ms', words: 'latency of the slowest, ms' },
    format: formatMs,
    lines: numberLines(linesOf(total, slowestMs), (count) => formatPlural(count, 'item')),
  });
}

function throughputFigure(context: PageContext, total: Total): SiteFigure {
  const all = [...total.byItems.values()].flat();
  const best = trustedOf(all).reduce((a, b) => (setRate(b) > setRate(a) ? b : a));
  return lineFigure({
    ...axes,
    file: `${context.stem}-throughput-instances-${total.cores}`,
    alt: `${context.name} Throughput over instances, ${total.cores} cores`,
    title: `${formatRate(setRate(best))} at most: ${formatPlural(best.instances, 'instance')} of ${formatPlural(best.threads, 'thread')} at batch ${best.batch}`,
    subtitle: 'Items per second of all instances, over their number; a line for each number of items in all',
    foot: context.foot,
    definition: 'instances',
    formula: 'throughput = items of all instances ÷ latency of the slowest',
    y: { column: 'items_per_second', words: 'items/s' },
    format: formatRate,
    lines: numberLines(linesOf(total, setRate), (count) => formatPlural(count, 'item')),
  });
}
