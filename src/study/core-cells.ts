import { chooseCores } from '../machine/index.ts';
import type { GridCell, Placement } from '../profile/index.ts';

/** A cell of one instance, and the physical cores it takes. */
export interface CoreCell {
  readonly cell: GridCell;
  readonly cores: number;
}

/** One instance alone on the first of the placement's cores, with as many threads as it allows there. */
export function coreCells(
  counts: readonly number[],
  batches: readonly number[],
  { machine, hardwareThreads }: Placement,
): CoreCell[] {
  return counts.flatMap((cores) => {
    const { cores: threads } = chooseCores(machine, { cores, hardwareThreads });
    return batches.map((batch): CoreCell => ({ cores, cell: { threads, batch, mode: 'alone' } }));
  });
}

/** The same cores with all the hardware threads that may be used; null where that is one of each core. */
export function withSiblings(placement: Placement): Placement | null {
  const { machine } = placement;
  const chosen = chooseCores(machine, { cores: machine.usable.length, hardwareThreads: true });
  if (chosen.cores <= machine.usable.length) return null;
  return { ...placement, machine: chosen.machine, cores: chosen.cores, hardwareThreads: true };
}
