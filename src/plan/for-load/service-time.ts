import type { ServiceTime } from '../../simulate/index.ts';
import type { Cell } from '../types.ts';

/** Nothing takes no time. */
const minMs = 1e-3;

/**
 * What a batch of any size takes: straight between the known batches of so many threads, and on beyond them. Throws where nothing is known of so
 * many threads.
 */
export function serviceTimeOf(cells: readonly Cell[]): ServiceTime {
  const columns = new Map<number, readonly Cell[]>();
  for (const [threads, column] of Map.groupBy(cells, (cell) => cell.threads))
    columns.set(
      threads,
      column.toSorted((a, b) => a.batch - b.batch),
    );
  // By threads and items: simulations ask millions of times.
  const known: (number | undefined)[][] = [];
  return (threads, items) => {
    known[threads] ??= [];
    known[threads][items] ??= between(columns.get(threads), threads, items);
    return known[threads][items];
  };
}

function between(column: readonly Cell[] | undefined, threads: number, items: number): number {
  if (column === undefined) throw new RangeError(`Nothing is known of ${threads} threads. This is a bug.`);
  const at = column.findIndex(({ batch }) => batch >= items);
  const above = column[at < 0 ? column.length - 1 : at]!;
  if (above.batch === items || column.length === 1)
    return Math.max(minMs, (above.latencyMs * items) / above.batch);
  const below = column[(at < 0 ? column.length - 1 : at) - 1] ?? column[1]!;
  const slope = (above.latencyMs - below.latencyMs) / (above.batch - below.batch);
  return Math.max(minMs, below.latencyMs + slope * (items - below.batch));
}
