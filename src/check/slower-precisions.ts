import { precisionRank } from '../table/results/index.ts';
import { rangeOf } from './arithmetic.ts';
import { derivedColumns } from './quotients/derived.ts';
import type { CheckCell, CheckColumn, Sheet } from './types.ts';

/** Two columns of which the one with the cheaper arithmetic is the slower one in every row. */
export interface SlowerPrecision {
  readonly fast: CheckColumn;
  readonly slow: CheckColumn;
  /** Of the first row. */
  readonly a: CheckCell;
  readonly b: CheckCell;
  /** So many times slower, or larger, is the first one. */
  readonly factor: number;
  readonly of: number;
}

/** So much slower must the precision be that should be faster, before its heading is doubted. */
const clearlySlower = 1.1;

/**
 * Pairs of columns whose headings hardly belong to them. On a CPU a cheaper precision may be slower, as kernels for it can be
 * missing; so may it be with stated speed-ups below 1. Where the stated speed-ups are above 1, one of both is wrong anywhere.
 */
export function slowerPrecisions(sheet: Sheet): SlowerPrecision[] {
  const isCpu = sheet.columns.some(({ quantity }) => quantity === 'threads');
  const columns = sheet.columns.filter(
    ({ role, quantity, precision }) =>
      role === 'measure' &&
      (quantity === 'throughput' || quantity === 'latency' || quantity === 'memory') &&
      precisionRank(precision) !== null,
  );
  const stated = derivedColumns(sheet).filter(
    ({ state, column }) => state === 'fits' && column.quantity === 'speed-up',
  );
  return columns.flatMap((fast) =>
    columns.flatMap((slow): SlowerPrecision[] => {
      if (fast.quantity !== slow.quantity || fast.statistic !== slow.statistic || fast.label !== slow.label)
        return [];
      if (!isCheaper(fast, slow)) return [];
      const of = stated.filter(({ candidate }) => [fast, slow].every((one) => candidate.from.includes(one)));
      const isClaimed = of.some(
        ({ column, entries }) =>
          column.ratio === null && entries.every(({ cell }) => cell.value > (column.isPercent ? 0 : 1)),
      );
      const isOpen =
        fast.quantity === 'memory' || (fast.quantity === 'throughput' && !isCpu && stated.length === 0);
      return isClaimed || isOpen ? compare(sheet, fast, slow) : [];
    }),
  );
}

/** Training in mixed precision keeps two copies of the weights: it needs no less memory. */
function isCheaper(fast: CheckColumn, slow: CheckColumn): boolean {
  const isMixed = fast.precision === 'mixed' || slow.precision === 'tf32';
  if (fast.quantity === 'memory' && isMixed) return false;
  return precisionRank(fast.precision)! < precisionRank(slow.precision)!;
}

function compare(sheet: Sheet, fast: CheckColumn, slow: CheckColumn): SlowerPrecision[] {
  const rows = sheet.rows.flatMap(({ cells }): [CheckCell, CheckCell][] => {
    const [a, b] = [fast, slow].map((column) => cells.find((cell) => cell.column === column));
    return a === undefined || b === undefined ? [] : [[a, b]];
  });
  const isRate = fast.quantity === 'throughput';
  const slower = rows.filter(([a, b]) => {
    const [less, more] = isRate ? [a, b] : [b, a];
    return rangeOf(less).high * clearlySlower < rangeOf(more).low;
  });
  const [first] = slower;
  // One row of sizes says little.
  if (first === undefined || slower.length < rows.length || (!isRate && rows.length < 2)) return [];
  const [a, b] = first;
  return [{ fast, slow, a, b, factor: isRate ? b.value / a.value : a.value / b.value, of: rows.length }];
}
