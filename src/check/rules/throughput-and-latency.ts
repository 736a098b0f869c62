import { rankOf } from '../../table/results/index.ts';
import {
  medianOf,
  overlap,
  product,
  quotient,
  type Range,
  rangeOf,
  show,
  showLike,
  spreadOf,
} from '../arithmetic.ts';
import { joinSheets } from '../join-sheets.ts';
import { makeFinding } from '../make-finding.ts';
import { dimensionAt, isAlike, measuresOf } from '../sheet.ts';
import type { CheckCell, CheckRow, Finding, Rule, Sheet } from '../types.ts';

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

/** A throughput beside one latency of the same runs. */
interface Pair {
  readonly throughput: CheckCell;
  readonly latency: CheckCell;
  readonly batch: CheckCell;
  /** Throughput × latency / items: 1 where both are of the same runs. */
  readonly ratio: number;
  readonly range: Range;
}

/** Averages of latency and of throughput over the same runs differ by their variation: an average of rates is larger. */
const sameRuns = 0.02;
/** Beyond it, two cells of a table that keeps another relation do not belong together. */
const leastOff = 0.15;
/** Logarithmic spread of a relation that all rows of a table keep. */
const tight = 0.03;

function checkSheet(sheet: Sheet): Finding[] {
  const groups = Map.groupBy(
    sheet.rows.flatMap(pairsOf),
    ({ throughput, latency }) => `${throughput.column.name}\u0000${latency.column.name}`,
  );
  const relations = [...groups.values()].map((pairs) => relationOf(pairs));
  const byThroughput = Map.groupBy(relations, ({ pairs }) => pairs[0]!.throughput.column);
  return [
    ...relations.flatMap((relation) => broken(relation, relations)),
    ...[...byThroughput.values()].flatMap(cellsOff),
  ];
}

function pairsOf(row: CheckRow): Pair[] {
  return measuresOf(row, 'throughput').flatMap((throughput) => {
    if (throughput.column.statistic !== 'average') return [];
    return measuresOf(row, 'latency').flatMap((latency): Pair[] => {
      const { statistic } = latency.column;
      const batch = dimensionAt(row, 'batch', latency.column);
      const telling = statistic === 'average' || (rankOf(statistic) ?? 0) >= 50;
      if (batch === null || !telling || statistic === 'max' || !isAlike(throughput.column, latency.column))
        return [];
      const items = rangeOf({ value: batch.value, half: 0 });
      const range = quotient(product(rangeOf(throughput), rangeOf(latency)), {
        low: items.low * 1000,
        high: items.high * 1000,
      });
      const ratio = (throughput.value * latency.value) / (batch.value * 1000);
      return [{ throughput, latency, batch, ratio, range }];
    });
  });
}

/** How a throughput and a latency of a table relate. */
interface Relation {
  readonly pairs: readonly Pair[];
  /** Of latencies without a unit, 1000 or 0.001 … are the unit's, not an error. */
  readonly centre: number;
  readonly spread: number;
}

function relationOf(all: readonly Pair[]): Relation {
  const first = all[0]!;
  const unit = first.latency.column.hasUnit
    ? 1
    : 10 ** (3 * Math.round(Math.log10(medianOf(all.map(({ ratio }) => ratio))) / 3));
  const pairs = all.map((pair) => ({
    ...pair,
    ratio: pair.ratio / unit,
    range: { low: pair.range.low / unit, high: pair.range.high / unit },
  }));
  const logs = pairs.map(({ ratio }) => Math.log(ratio));
  return { pairs, centre: Math.exp(medianOf(logs)), spread: spreadOf(logs) };
}

const isOne = ({ range }: Pair): boolean => overlap(range, { low: 1 - sameRuns, high: 1 + sameRuns });

/** A table whose average latency is another population's than its throughput: one finding, as no cell is to blame. */
function broken({ pairs, centre }: Relation, relations: readonly Relation[]): Finding[] {
  const off = pairs.filter((pair) => !isOne(pair));
  if (pairs[0]!.latency.column.statistic !== 'average' || off.length * 2 <= pairs.length) return [];
  // So many instances or devices at once are no error, where every row says the same.
  if (isWhole(centre) && pairs.every(({ ratio }) => Math.abs(ratio / Math.round(centre) - 1) < sameRuns))
    return [];
  const ratios = off.map(({ ratio }) => ratio);
  const { throughput, latency, batch } = off[0]!;
  const fitting = relations.find(
    (other) =>
      other.pairs[0]!.throughput.column === throughput.column &&
      other.pairs.filter((pair) => Math.abs(pair.ratio - 1) < 0.05).length * 2 > other.pairs.length,
  );
  const fits =
    fitting === undefined
      ? ''
      : `; it is batch / "${fitting.pairs[0]!.latency.column.name}" within 5 % in most rows`;
  const text = `throughput is not batch / average latency in ${off.length} of ${pairs.length} rows (throughput × latency / batch is ${show(Math.min(...ratios))} to ${show(Math.max(...ratios))}): ${throughput.text} × ${latency.text} ms / ${show(batch.value)} = ${show(off[0]!.ratio)}, not 1${fits}`;
  const finding = makeFinding(
    throughputAndLatency,
    [latency, throughput, batch],
    text,
    showLike((1000 * batch.value) / throughput.value, latency),
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
  { throughput, latency, batch, ratio }: Pair,
  centre: number,
  severity: Finding['severity'],
): Finding {
  const items = show(batch.value);
  const fitting = (batch.value * 1000 * centre) / latency.value;
  const text = `${items} items / ${latency.text} ms = ${show((batch.value * 1000) / latency.value)} items/s, not ${throughput.text} (throughput × latency / batch = ${show(ratio)}${centre === 1 ? '' : `, ${show(centre)} in the other rows`})`;
  const scale = throughput.value / Number.parseFloat(throughput.text.replaceAll(',', '')) || 1;
  return makeFinding(
    { ...throughputAndLatency, severity },
    [throughput, latency, batch],
    text,
    showLike(fitting / scale, throughput),
  );
}
