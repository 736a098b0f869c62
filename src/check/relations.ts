import { rankOf } from '../table/results/index.ts';
import { medianOf, overlap, product, quotient, type Range, rangeOf, spreadOf } from './arithmetic.ts';
import { dimensionAt, isAlike, measuresOf } from './sheet.ts';
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
  const groups = Map.groupBy(
    sheet.rows.flatMap(pairsOf),
    ({ throughput, latency }) => `${throughput.column.name}\u0000${latency.column.name}`,
  );
  return [...groups.values()].map(relationOf);
}

function pairsOf(row: CheckRow): Pair[] {
  return measuresOf(row, 'throughput').flatMap((throughput) => {
    if (throughput.column.statistic !== 'average') return [];
    return measuresOf(row, 'latency').flatMap((latency): Pair[] => {
      const { statistic } = latency.column;
      const batch = dimensionAt(row, 'batch', latency.column);
      const telling = statistic === 'average' || (rankOf(statistic) ?? 0) >= 50;
      if (!telling || statistic === 'max' || !isAlike(throughput.column, latency.column)) return [];
      const items = batch?.value ?? 1;
      const seconds = product(rangeOf(latency), { low: 0.001, high: 0.001 });
      const range = quotient(product(rangeOf(throughput), seconds), { low: items, high: items });
      const ratio = (throughput.value * latency.value) / 1000 / items;
      return [{ row, throughput, latency, batch, items, ratio, range }];
    });
  });
}

/** Instances and devices work at the same time; a sequence has so many tokens. */
const multipliers = ['instances', 'devices', 'nodes-devices', 'threads', 'sequence'];

function relationOf(all: readonly Pair[]): Relation {
  const plain = inOneUnit(all);
  const fitting = (pairs: readonly Pair[]): number => pairs.filter(isOne).length;
  const others = multipliers
    .filter((name) => all.every(({ row }) => Number(row.settings[name]) > 0))
    .map((name) => ({
      name,
      pairs: inOneUnit(all.map((pair) => divide(pair, Number(pair.row.settings[name])))),
    }))
    .concat({ name: 'batch', pairs: inOneUnit(all.map((pair) => divide(pair, 1 / pair.items))) })
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
