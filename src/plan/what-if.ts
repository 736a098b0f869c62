import { solveTarget } from './candidates.ts';
import { rateOf } from './choice.ts';
import type { Limits } from './limits.ts';
import type { PlanQuestion } from './question.ts';
import { type Solution, smallestWithin, solveCost, solveLatency, solveThroughput } from './solve.ts';
import type { Cell, CellName, CellStep, ExplainedPlan, Group, PlanStep, WhatIf } from './types.ts';

/** More cores than so many times those there are, are not looked at. */
const furthestCores = 2;
/** A gain below this share is not worth a sentence. */
const worthwhile = 0.01;

/** What one more of each would change, by the cells there are. */
export function whatIf(
  cells: readonly Cell[],
  { target, limits }: PlanQuestion,
  best: ExplainedPlan,
): WhatIf {
  const step = (solution: Solution | null, items: number | null): PlanStep | null =>
    solution && planStep(cells, solution, items);
  const wider: Limits = { ...limits, cores: limits.cores * furthestCores };
  const slower: Limits = { ...limits, latencyMs: (limits.latencyMs ?? 0) * 2 };
  const nextCell = {
    threads: nextThreads(cells, best.boundBy),
    batch: nextBatch(cells, best.boundBy),
  };
  switch (target.goal) {
    case 'latency': {
      const faster = cells.filter((cell) => cell.latencyMs < best.latencyMs * (1 - worthwhile));
      const cores = smallestWithin(faster, target.items, wider)?.cores;
      const onMore = cores === undefined ? null : solveLatency(cells, target.items, { ...limits, cores });
      const twice = solveLatency(cells, target.items * 2, limits);
      return {
        cores: step(onMore, target.items),
        items: step(twice, target.items * 2),
        latency: null,
        ...nextCell,
      };
    }
    case 'throughput': {
      const most = totalRate(cells, best.groups) * (1 + worthwhile);
      const latency = limits.latencyMs === undefined ? null : solveTarget(cells, target, slower);
      return {
        cores: step(solveCost(cells, most, wider), null),
        items: null,
        latency: step(latency, null),
        ...nextCell,
      };
    }
    case 'cost': {
      const cores = best.cores - 1;
      const fewer = cores < 1 ? null : solveThroughput(cells, { ...limits, cores });
      const latency = limits.latencyMs === undefined ? null : solveTarget(cells, target, slower);
      return { cores: step(fewer, null), items: null, latency: step(latency, null), ...nextCell };
    }
  }
}

/** What a solution does, with `items` to be done at once, or for ever where they are null. */
function planStep(cells: readonly Cell[], solution: Solution, items: number | null): PlanStep {
  const { groups, cores, latencyMs } = solution;
  const held = groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0);
  return {
    cores,
    items: items ?? held,
    groups,
    latencyMs,
    itemsPerSecond: items === null ? totalRate(cells, groups) : (items / latencyMs) * 1000,
  };
}

function totalRate(cells: readonly Cell[], groups: readonly Group[]): number {
  return groups.reduce((sum, group) => sum + group.instances * rateOf(cellAt(cells, group)!), 0);
}

const cellAt = (cells: readonly Cell[], { threads, batch }: CellName): Cell | undefined =>
  cells.find((cell) => cell.threads === threads && cell.batch === batch);

function nextThreads(cells: readonly Cell[], { threads, batch }: CellName): CellStep | null {
  const more = cells.filter((cell) => cell.batch === batch && cell.threads > threads);
  return cellStep(smallestBy(more, (cell) => cell.threads));
}

function nextBatch(cells: readonly Cell[], { threads, batch }: CellName): CellStep | null {
  const more = cells.filter((cell) => cell.threads === threads && cell.batch > batch);
  return cellStep(more.find((cell) => cell.batch === batch * 2) ?? smallestBy(more, (cell) => cell.batch));
}

function smallestBy(cells: readonly Cell[], of: (cell: Cell) => number): Cell | undefined {
  return cells.reduce<Cell | undefined>(
    (least, cell) => (least === undefined || of(cell) < of(least) ? cell : least),
    undefined,
  );
}

function cellStep(cell: Cell | undefined): CellStep | null {
  if (cell === undefined) return null;
  const { threads, batch, latencyMs, fitted } = cell;
  return { threads, batch, latencyMs, msPerItem: latencyMs / batch, fitted };
}
