import { type Quantity, rankOf } from '../table/results/index.ts';
import { medianOf, overlap, product, quotient, type Range, rangeOf, spreadOf } from './arithmetic.ts';
import { dimensionAt, isAlike, isSamePrecision, measuresOf } from './sheet.ts';
import type { CheckCell, CheckRow, Sheet } from './types.ts';

/** A throughput beside one latency of the same runs. */
export interface Pair {
  readonly row: CheckRow;
  readonly throughput: CheckCell;
  readonly latency: CheckCell;
  /** Null: the table tells no batch, and a run is taken for one item. */
  readonly batch: CheckCell | null;
  /** Items that one latency is for, of all that ran at once. */
  readonly items: number;
  /** Throughput × latency / items: 1 where both are of the same runs. */
  readonly ratio: number;
  readonly range: Range;
}

/** How a throughput and a latency of a table relate. */
export interface Relation {
  readonly pairs: readonly Pair[];
  /** Of latencies without a unit, 1000 or 0.001 … are the unit's, not an error. */
  readonly centre: number;
  readonly spread: number;
  /** What ran at once, or how many parts an item has, where only that makes most rows fit: `instances`, `sequence`. */
  readonly times: string | null;
}

/** Averages of latency and of throughput over the same runs differ by their variation: an average of rates is larger. */
const sameRuns = 0.02;

/** Whether a pair's throughput is its items over its latency. */
export const isOne = ({ range }: Pair): boolean => overlap(range, { low: 1 - sameRuns, high: 1 + sameRuns });

/** Every throughput of a sheet with every latency of its rows, by their columns. */
export function relationsOf(sheet: Sheet): Relation[] {
  const isSingle =
    new Set(labelsOf(sheet, 'latency')).size === 1 && labelsOf(sheet, 'throughput').length === 1;
  const groups = Map.groupBy(
    sheet.rows.flatMap((row) => pairsOf(row, isSingle)),
    ({ throughput, latency }) => `${throughput.column.name}\u0000${latency.column.name}`,
  );
  return [...groups.values()].map(relationOf);
}

const labelsOf = ({ columns }: Sheet, quantity: Quantity): string[] =>
  columns.filter((one) => one.role === 'measure' && one.quantity === quantity).map(({ label }) => label);

/** @param isSingle Whether the table has one throughput and latencies of one kind, so that labels part nothing. */
function pairsOf(row: CheckRow, isSingle: boolean): Pair[] {
  return measuresOf(row, 'throughput').flatMap((throughput) => {
    if (throughput.column.statistic !== 'average' || throughput.column.per !== undefined) return [];
    return measuresOf(row, 'latency').flatMap((latency): Pair[] => {
      const { statistic, precision } = latency.column;
      const batch = dimensionAt(row, 'batch', latency.column);
      const telling = statistic === 'average' || (rankOf(statistic) ?? 0) >= 50;
      const isOfSame = isSingle && isSamePrecision(throughput.column.precision, precision);
      if (!telling || statistic === 'max') return [];
      if (!isOfSame && !isAlike(throughput.column, latency.column)) return [];
      const items = batch?.value ?? 1;
      const seconds = product(rangeOf(latency), { low: 0.001, high: 0.001 });
      const range = quotient(product(rangeOf(throughput), seconds), { low: items, high: items });
      const ratio = (throughput.value * latency.value) / 1000 / items;
      return [{ row, throughput, latency, batch, items, ratio, range }];
    });
  });
}

/** Instances, devices and requests in flight work at the same time; a sequence has so many tokens. */
const multipliers: readonly Quantity[] = [
  ...(['instances', 'devices', 'nodes-devices', 'nodes', 'data-parallel', 'threads'] as const),
  ...(['concurrency', 'accumulation', 'sequence'] as const),
];

function relationOf(all: readonly Pair[]): Relation {
  const plain = inOneUnit(all);
  const fitting = (pairs: readonly Pair[]): number => pairs.filter(isOne).length;
  const others = factorsOf(all)
    .map(({ name, by }) => ({ name, pairs: inOneUnit(all.map((pair, index) => divide(pair, by[index]!))) }))
    .sort((a, b) => fitting(b.pairs) - fitting(a.pairs));
  const best = others[0]!;
  const isBetter = fitting(best.pairs) * 2 > all.length && fitting(best.pairs) > fitting(plain);
  const pairs = isBetter ? best.pairs : plain;
  const logs = pairs.map(({ ratio }) => Math.log(ratio));
  return {
    pairs,
    centre: Math.exp(medianOf(logs)),
    spread: spreadOf(logs),
    times: isBetter ? best.name : null,
  };
}

/** What a row's items may be multiplied by. */
interface Factor {
  readonly name: string;
  /** For each pair. */
  readonly by: readonly number[];
}

/** Single multipliers and products of two, the simplest first; each also instead of the batch. */
function factorsOf(all: readonly Pair[]): Factor[] {
  const numbers = (name: string): number[] => all.map(({ row }) => Number(row.settings[name]));
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  // Whole numbers below a heading that says nothing here may be tokens, frames or steps.
  const unclear = Object.keys(all[0]!.row.settings).filter((name) => !known.has(name));
  const single = [...multipliers, 'global-batch', ...unclear]
    .map((name): Factor => ({ name, by: numbers(name) }))
    .filter(({ by }) => by.every(isCount));
  const pairs = single.flatMap((a, index) =>
    single.slice(index + 1).map(
      (b): Factor => ({
        name: `${a.name} × ${b.name}`,
        by: a.by.map((value, at) => value * b.by[at]!),
      }),
    ),
  );
  const withoutBatch = [{ name: 'batch', by: all.map(() => 1) }, ...single, ...pairs].map(({ name, by }) => ({
    name: `${name} instead of the batch`,
    by: by.map((value, index) => value / all[index]!.items),
  }));
  return [...single, ...pairs, ...withoutBatch];
}

const known: ReadonlySet<string> = new Set([...multipliers, 'batch', 'global-batch', 'tensor-parallel', 'pipeline-parallel', 'interop-threads', 'instance_id']); // biome-ignore format: a list

function divide(pair: Pair, by: number): Pair {
  const { ratio, range, items } = pair;
  return {
    ...pair,
    items: items * by,
    ratio: ratio / by,
    range: { low: range.low / by, high: range.high / by },
  };
}

/** A latency whose heading has no unit is taken to be in the one of ns, µs, ms and s that fits best. */
function inOneUnit(all: readonly Pair[]): Pair[] {
  if (all[0]!.latency.column.hasUnit) return [...all];
  const unit = 10 ** (3 * Math.round(Math.log10(medianOf(all.map(({ ratio }) => ratio))) / 3));
  return all.map((pair) => ({
    ...pair,
    ratio: pair.ratio / unit,
    range: { low: pair.range.low / unit, high: pair.range.high / unit },
  }));
}
