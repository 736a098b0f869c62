import { ThinferError } from '../errors.ts';
import type { PointMode } from './types.ts';

/** A cell to measure. */
export interface GridCell {
  readonly threads: number;
  readonly batch: number;
  readonly mode: PointMode;
}

/** Powers of two from 1, and `last` itself. */
export function powersUpTo(last: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power < last; power *= 2) powers.push(power);
  return [...powers, last];
}

/** What a default grid is made for. */
export interface GridQuestion {
  readonly cores: number;
  readonly items: number;
  /** Default: powers of two up to the cores. */
  readonly threads?: readonly number[];
  /** Default: powers of two up to the items, and the batches of the equal sets. */
  readonly batches?: readonly number[];
  readonly modes: readonly PointMode[];
}

/**
 * The cells for one question, most telling first: the baselines and the equal sets that answer it, then the rest of the
 * table measured together, then the scalability curves measured alone. Batches smaller than an equal set's need no
 * thread count that leaves cores idle, but cost little and draw the curves, so the grid is full.
 *
 * @throws ThinferError `machine` on more threads than cores.
 */
export function gridCells({ cores, items, threads, batches, modes }: GridQuestion): GridCell[] {
  const threadGrid = threads ?? powersUpTo(cores);
  refuseTooManyThreads(threadGrid, cores);
  const equalSets = threadGrid.map((count) => Math.ceil(items / Math.min(items, Math.floor(cores / count))));
  const batchGrid = [...new Set(batches ?? [...powersUpTo(items), ...equalSets])].sort((a, b) => a - b);
  const cells = modes.flatMap((mode) =>
    threadGrid.flatMap((count) => batchGrid.map((batch) => ({ threads: count, batch, mode }))),
  );
  const distance = (cell: GridCell): number => {
    const matching = items / Math.max(1, Math.floor(cores / cell.threads));
    return (cell.mode === 'alone' ? 100 : 0) + Math.abs(Math.log2(cell.batch / matching));
  };
  return cells
    .filter((cell) => !isSameAlone(cell, cores) || cell.mode === 'together' || !modes.includes('together'))
    .sort((a, b) => distance(a) - distance(b) || a.threads - b.threads || a.batch - b.batch);
}

/** Throws `machine` where an instance would have more threads than there are cores. */
export function refuseTooManyThreads(threads: readonly number[], cores: number): void {
  const tooMany = threads.filter((count) => count > cores);
  if (tooMany.length === 0) return;
  throw new ThinferError(
    'machine',
    `${tooMany.join(', ')} threads are more than the ${cores} cores to be used`,
    { remedy: `give at most ${cores} threads; \`thinfer machine\` says which cores there are` },
  );
}

/** With one replica on all cores, alone and together are the same measurement. */
export function isSameAlone({ threads }: { readonly threads: number }, cores: number): boolean {
  return threads === cores;
}
