import type { ServiceTime } from '../../simulate/index.ts';
import { alongLine, type CurvePoint } from '../../stats/index.ts';
import type { Cell } from '../types.ts';

/** Nothing takes no time. */
const minMs = 1e-3;

/**
 * What a batch of any size takes: straight between the known batches of so many threads, and on beyond them; of other lengths than the usual one
 * as many times longer. Throws where nothing is known of so many threads.
 */
export function serviceTimeOf(cells: readonly Cell[]): ServiceTime {
  const columns = new Map<number, readonly CurvePoint[]>();
  for (const [threads, column] of Map.groupBy(cells, (cell) => cell.threads))
    columns.set(
      threads,
      column.map(({ batch, latencyMs }) => ({ x: batch, y: latencyMs })).sort((a, b) => a.x - b.x),
    );
  // By threads and items: simulations ask millions of times.
  const known: (number | undefined)[][] = [];
  return (threads, items, length = 1) => {
    const before = known[threads]?.[items];
    if (before !== undefined) return length * before;
    const column = columns.get(threads);
    if (column === undefined) throw new RangeError(`Nothing is known of ${threads} threads. This is a bug.`);
    known[threads] ??= [];
    known[threads][items] = Math.max(minMs, alongLine(column, items));
    return length * known[threads][items];
  };
}
