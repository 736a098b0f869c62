import type { Cell, Group } from '../types.ts';

/** What sets are made of. */
export interface LoadCandidatesOptions {
  readonly cores: number;
  /** No batch is larger; left out: as large as any that is known. */
  readonly largestBatch?: number;
}

/**
 * Sets that may serve a load: for each number of threads as many instances as fit, what is left over filled with the largest that do, and each of
 * them with every known largest batch. All cores are used where the table knows how.
 */
export function loadCandidates(
  cells: readonly Cell[],
  { cores, largestBatch = Number.POSITIVE_INFINITY }: LoadCandidatesOptions,
): (readonly Group[])[] {
  const known = cells.filter(({ threads, batch }) => threads <= cores && batch <= largestBatch);
  const batchesOf = Map.groupBy(known, ({ threads }) => threads);
  const sizes = [...batchesOf.keys()].sort((a, b) => b - a);
  const batches = [...new Set(known.map(({ batch }) => batch))].sort((a, b) => a - b);
  const sets: (readonly Group[])[] = [];
  for (const first of sizes) {
    const counts = fill(first, sizes, cores);
    for (const batch of batches) {
      const groups = counts.map(([threads, instances]) => ({
        instances,
        threads,
        batch: largestUpTo(batchesOf.get(threads)!, batch),
      }));
      if (groups[0]!.batch === batch) sets.push(groups);
    }
  }
  return sets;
}

/** Threads and instances, the largest first. */
function fill(first: number, sizes: readonly number[], cores: number): [number, number][] {
  const counts: [number, number][] = [];
  let left = cores;
  for (const threads of sizes) {
    if (threads > first || threads > left) continue;
    const instances = Math.floor(left / threads);
    counts.push([threads, instances]);
    left -= instances * threads;
  }
  return counts;
}

/** The largest batch of a column that is no larger; the smallest where all are. */
const largestUpTo = (column: readonly Cell[], batch: number): number =>
  Math.max(
    Math.min(...column.map((cell) => cell.batch)),
    ...column.map((cell) => (cell.batch <= batch ? cell.batch : 0)),
  );
