import { type Limits, largestNode } from './limits.ts';
import type { Cell } from './types.ts';

/** One kind of instance that a set may hold any number of. */
export interface Choice {
  readonly cell: Cell;
  readonly threads: number;
  /** What one such instance adds to the goal: items for a latency, items per second for a rate. */
  readonly value: number;
  /** What it takes of limited memory; 0 where memory is not limited. */
  readonly memoryBytes: number;
}

/** Two sums of rates that differ by less than this share are the same: their terms were added in another order. */
export const rateTolerance = 1e-9;

/** Items per second of one instance that always has a full batch. */
export const rateOf = ({ batch, latencyMs }: Cell): number => (batch / latencyMs) * 1000;

/**
 * The cells as choices, without those that another one makes useless: no more threads, no more memory, no less value.
 * That loses no plan, nor a plan with fewer cores or instances, because idle cores are allowed. An instance within a
 * node can't take the place of one that spans several, so those two kinds are looked at apart.
 */
export function choicesOf(cells: readonly Cell[], worthOf: (cell: Cell) => number, limits: Limits): Choice[] {
  const [within, spanning] = [
    cells.filter(({ threads }) => threads <= largestNode(limits)),
    cells.filter(({ threads }) => threads > largestNode(limits)),
  ];
  return [...usefulOf(within, worthOf, limits), ...usefulOf(spanning, worthOf, limits)];
}

function usefulOf(cells: readonly Cell[], worthOf: (cell: Cell) => number, limits: Limits): Choice[] {
  const all = (limits.memoryBytes === undefined ? bestByThreads(cells, worthOf) : cells)
    .map((cell) => {
      const memoryBytes = limits.memoryBytes !== undefined ? cell.memoryBytes! : 0;
      return { cell, threads: cell.threads, value: worthOf(cell), memoryBytes };
    })
    .sort(
      (a, b) =>
        a.threads - b.threads ||
        a.memoryBytes - b.memoryBytes ||
        b.value - a.value ||
        a.cell.latencyMs - b.cell.latencyMs ||
        a.cell.batch - b.cell.batch,
    );
  const useful: Choice[] = [];
  // Ascending in memory and value: what choices of no more threads offer.
  let staircase: Choice[] = [];
  for (const choice of all) {
    const below = staircase.findLast(({ memoryBytes }) => memoryBytes <= choice.memoryBytes);
    if (below !== undefined && below.value >= choice.value) continue;
    useful.push(choice);
    const stays = (step: Choice): boolean =>
      step.memoryBytes < choice.memoryBytes || step.value > choice.value;
    const at = staircase.findIndex(({ memoryBytes }) => memoryBytes > choice.memoryBytes);
    const split = at < 0 ? staircase.length : at;
    staircase = [...staircase.slice(0, split).filter(stays), choice, ...staircase.slice(split).filter(stays)];
  }
  return useful;
}

/** For each number of threads the cell of most value, the fastest of equals: all that counts where memory does not. */
function bestByThreads(cells: readonly Cell[], worthOf: (cell: Cell) => number): Cell[] {
  const best = new Map<number, { readonly cell: Cell; readonly worth: number }>();
  for (const cell of cells) {
    const worth = worthOf(cell);
    const known = best.get(cell.threads);
    const better =
      known === undefined ||
      worth > known.worth ||
      (worth === known.worth && cell.latencyMs < known.cell.latencyMs);
    if (better) best.set(cell.threads, { cell, worth });
  }
  return [...best.values()].map(({ cell }) => cell);
}
