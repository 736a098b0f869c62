import type { Problems } from './problems.ts';
import type { TableRow } from './types.ts';

/** An average of equal numbers may leave them by a rounding error. */
const slack = 1 + 1e-9;

/** A row with all three latencies. */
type Ordered = TableRow & { readonly minMs: number; readonly maxMs: number };

/**
 * Makes min ≤ average ≤ max hold. Packrat's later code writes `min, max, avg` under the header `min, avg, max`: where
 * only that order fits every row, the two are swapped in all of them. Where neither fits, each row that breaks the
 * order that most rows keep is a problem.
 */
export function repairLatencyOrder(
  rows: readonly TableRow[],
  problems: Problems,
): { readonly rows: readonly TableRow[]; readonly repaired: number } {
  const ordered = rows.filter((row): row is Ordered => row.minMs !== null && row.maxMs !== null);
  const broken = ordered.filter((row) => !fits(row));
  if (broken.length === 0) return { rows, repaired: 0 };
  const brokenSwapped = ordered.filter((row) => !fits(swap(row)));
  if (brokenSwapped.length === 0 && ordered.length === rows.length)
    return { rows: ordered.map(swap), repaired: rows.length };
  const swapped = brokenSwapped.length < broken.length;
  for (const row of swapped ? brokenSwapped : broken) problems.add(row.line, null, describe(row, swapped));
  return { rows, repaired: 0 };
}

function fits({ minMs, latencyMs, maxMs }: Ordered): boolean {
  return minMs <= latencyMs * slack && latencyMs <= maxMs * slack;
}

function swap(row: Ordered): Ordered {
  return { ...row, latencyMs: row.maxMs, maxMs: row.latencyMs };
}

function describe({ minMs, latencyMs, maxMs }: Ordered, swapped: boolean): string {
  return swapped
    ? `latency(max) ${maxMs} is not between latency(min) ${minMs} and latency(avg) ${latencyMs}, though the other rows have their average under latency(max)`
    : `latency(avg) ${latencyMs} is not between latency(min) ${minMs} and latency(max) ${maxMs}`;
}
