import { show, showLike } from '../arithmetic.ts';
import { joinSheets } from '../join-sheets.ts';
import { makeFinding } from '../make-finding.ts';
import { isOne, type Pair, type Relation, relationsOf } from '../relations.ts';
import type { CheckCell, Finding, Rule, Sheet } from '../types.ts';

/** Of the same runs, throughput = items of a batch / average latency. */
export const throughputAndLatency: Rule = {
  name: 'throughput-and-latency',
  severity: 'impossible',
  about: 'a throughput that is not items over latency of the same population',
  check: (sheets) =>
    [...sheets, ...joinSheets(sheets)].flatMap((sheet) =>
      sheet.columns.length === 0 ? [] : checkSheet(sheet),
    ),
};

/** Beyond it, two cells of a table that keeps another relation do not belong together. */
const leastOff = 0.15;
/** Logarithmic spread of a relation that all rows of a table keep. */
const tight = 0.03;

function checkSheet(sheet: Sheet): Finding[] {
  const relations = relationsOf(sheet);
  const byThroughput = Map.groupBy(relations, ({ pairs }) => pairs[0]!.throughput.column);
  return [
    ...relations.flatMap((relation) => broken(relation, relations)),
    ...[...byThroughput.values()].flatMap(cellsOff),
  ];
}

/** A table whose average latency is another population's than its throughput: one finding, as no cell is to blame. */
function broken({ pairs, centre }: Relation, relations: readonly Relation[]): Finding[] {
  const off = pairs.filter((pair) => !isOne(pair));
  if (pairs[0]!.latency.column.statistic !== 'average' || off.length * 2 <= pairs.length) return [];
  // So many instances or devices at once are no error, where every row says the same.
  const isMultiple = pairs.every(({ ratio }) => Math.abs(ratio / Math.round(centre) - 1) < 0.02);
  // And where no batch is told, how many items a run had can't be known.
  if ((isWhole(centre) && isMultiple) || pairs[0]!.batch === null) return [];
  const ratios = off.map(({ ratio }) => ratio);
  const { throughput, latency, batch, items } = off[0]!;
  const fitting = relations.find(
    (other) =>
      other.pairs[0]!.throughput.column === throughput.column &&
      other.pairs.filter((pair) => Math.abs(pair.ratio - 1) < 0.05).length * 2 > other.pairs.length,
  );
  const fits =
    fitting === undefined
      ? ''
      : `; it is batch / "${fitting.pairs[0]!.latency.column.name}" within 5 % in most rows`;
  const text = `throughput is not batch / average latency in ${off.length} of ${pairs.length} rows (throughput × latency / batch is ${show(Math.min(...ratios))} to ${show(Math.max(...ratios))}): ${throughput.text} × ${show(latency.value)} ms / ${show(items)} = ${show(off[0]!.ratio)}, not 1${fits}`;
  const finding = makeFinding(
    throughputAndLatency,
    cellsOf(latency, throughput, batch),
    text,
    showLike((1000 * items) / throughput.value, latency),
  );
  return [{ ...finding, count: off.length }];
}

const isWhole = (value: number): boolean =>
  Math.round(value) > 1 && Math.abs(value / Math.round(value) - 1) < 0.01;

/** In a table whose throughputs keep a relation to a latency, the cells that don't; that of the average is one by definition. */
function cellsOff(relations: readonly Relation[]): Finding[] {
  const average = relations.find(({ pairs }) => pairs[0]!.latency.column.statistic === 'average');
  if (average !== undefined && average.pairs.filter(isOne).length * 2 > average.pairs.length)
    return average.pairs.filter((pair) => !isOne(pair)).map((pair) => describe(pair, 1, 'impossible'));
  const [tightest] = relations.toSorted((a, b) => a.spread - b.spread);
  if (tightest === undefined || tightest.pairs.length < 5 || tightest.spread > tight) return [];
  const isOff = ({ ratio }: Pair): boolean => Math.abs(Math.log(ratio / tightest.centre)) > leastOff;
  return tightest.pairs.filter(isOff).map((pair) => describe(pair, tightest.centre, 'implausible'));
}

function describe(
  { throughput, latency, batch, items, ratio }: Pair,
  centre: number,
  severity: Finding['severity'],
): Finding {
  const rate = (items * 1000) / latency.value;
  const others = centre === 1 ? '' : `, ${show(centre)} in the other rows`;
  const text = `${show(items)} items / ${show(latency.value)} ms = ${show(rate)} items/s, not ${throughput.text} (throughput × latency / items = ${show(ratio)}${others})`;
  const expected = showLike(throughput.value * (centre / ratio), throughput);
  return makeFinding(
    { ...throughputAndLatency, severity },
    cellsOf(throughput, latency, batch),
    text,
    expected,
  );
}

const cellsOf = (
  first: CheckCell,
  second: CheckCell,
  batch: CheckCell | null,
): [CheckCell, ...CheckCell[]] => [...([first, second] as const), ...(batch === null ? [] : [batch])];
