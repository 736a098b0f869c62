import { rateOf, rateTolerance } from './choice.ts';
import { type Limits, usableCells } from './limits.ts';
import type { Target } from './question.ts';
import { mostEqual } from './smallest-set.ts';
import { type Solution, solveCost, solveLatency, solveThroughput } from './solve.ts';
import type { Cell, Group, Placement } from './types.ts';

/** The exact best set for a goal within limits; null where there is none. */
export function solveTarget(cells: readonly Cell[], target: Target, limits: Limits): Solution | null {
  switch (target.goal) {
    case 'latency':
      return solveLatency(cells, target.items, limits);
    case 'throughput':
      return solveThroughput(cells, limits);
    case 'cost':
      return solveCost(cells, target.itemsPerSecond, limits);
  }
}

/** Groups that may be a plan, with their place on nodes where it matters. */
export interface Candidate {
  readonly groups: readonly Group[];
  readonly placement: readonly Placement[] | null;
}

/**
 * Sets worth a look beside the best one: the exact best without each of the best's cells, and for each number of equal
 * instances the best cell. The best of them come first.
 */
export function nextCandidates(
  cells: readonly Cell[],
  target: Target,
  limits: Limits,
  best: Solution,
): Candidate[] {
  const others = best.groups.flatMap(
    ({ threads, batch }) =>
      solveTarget(
        cells.filter((cell) => cell.threads !== threads || cell.batch !== batch),
        target,
        limits,
      ) ?? [],
  );
  return [...others, ...equalSets(cells, target, limits)];
}

interface EqualSet {
  readonly cell: Cell;
  readonly instances: number;
}

/** For each number of equal instances the best cell; none without items to do. */
function equalSets(cells: readonly Cell[], target: Target, limits: Limits): Candidate[] {
  const compare = comparisons[target.goal];
  const best = new Map<number, EqualSet>();
  const room = new Map<number, number>();
  for (const cell of usableCells(cells, limits)) {
    const onNodes = room.get(cell.threads) ?? mostEqual({ ...cell, memoryBytes: 0 }, limits);
    room.set(cell.threads, onNodes);
    const most = limits.memoryBytes === undefined ? onNodes : mostEqual(cell, limits);
    const instances = instancesFor(cell, target, most);
    if (instances > most || instances === 0) continue;
    const known = best.get(instances);
    if (known === undefined || compare(cell, known.cell) < 0) best.set(instances, { cell, instances });
  }
  return [...best.values()].map(({ cell: { threads, batch }, instances }) => {
    const groups = [{ instances, threads, batch }];
    return { groups, placement: limits.nodes === undefined ? null : placementOf(cells, groups[0]!, limits) };
  });
}

function instancesFor(cell: Cell, target: Target, most: number): number {
  switch (target.goal) {
    case 'latency':
      return Math.ceil(target.items / cell.batch);
    case 'throughput':
      return most;
    case 'cost':
      return Math.ceil((target.itemsPerSecond / rateOf(cell)) * (1 - rateTolerance));
  }
}

const comparisons: Readonly<Record<Target['goal'], (a: Cell, b: Cell) => number>> = {
  latency: (a, b) => a.latencyMs - b.latencyMs || a.threads - b.threads || a.batch - b.batch,
  throughput: (a, b) => rateOf(b) - rateOf(a) || a.threads - b.threads || a.batch - b.batch,
  cost: (a, b) => a.threads - b.threads || rateOf(b) - rateOf(a) || a.batch - b.batch,
};

/** Where the instances of an equal set lie; it is known to fit. */
function placementOf(cells: readonly Cell[], group: Group, limits: Limits): readonly Placement[] | null {
  const only = cells.filter((cell) => cell.threads === group.threads && cell.batch === group.batch);
  return solveLatency(only, group.instances * group.batch, { ...limits, equal: true })?.placement ?? null;
}
