import { ThinferError } from '../errors.ts';
import { fatGroups, sameGroups, thinGroups } from './baselines.ts';
import { fitCells } from './fit.ts';
import { predictSlowest, type ReplicaSamples } from './predict.ts';
import { solve } from './solve.ts';
import type { Cell, Group, Plan, PlanAnswer } from './types.ts';

/** What `planLatency` plans from. */
export interface LatencyQuestion {
  readonly measured: readonly Cell[];
  /** T, at least 1. */
  readonly cores: number;
  /** B, at least 1. */
  readonly items: number;
  /** Whether cells between measured ones may be used. */
  readonly fit: boolean;
  /** Raw samples of a measured cell; null where only its latency is known. */
  readonly samplesOf?: (threads: number, batch: number) => ReplicaSamples | null;
  /** How many plans beside the best are given. Default 3. */
  readonly alternatives?: number;
}

/**
 * The plan that finishes `items` items on `cores` cores soonest, the next best few, and the baselines.
 * The search is exact by the cells' medians; the best few are then ranked by their predicted time, and where samples
 * say that another of them is faster, that one is `best`. Throws `no-plan` where no set of cells holds the items.
 */
export function planLatency(question: LatencyQuestion): PlanAnswer {
  const { cores, items, measured } = question;
  const cells = question.fit ? fitCells(measured, rangeOf(cores, items)) : [...measured];
  const table = new Map(cells.map((cell) => [`${cell.threads}/${cell.batch}`, cell]));
  const rate = (groups: readonly Group[]): Plan | null => ratePlan(groups, items, table, question);
  const solution = solve(cells, cores, items);
  if (solution === null) throw noPlan(cells, cores, items);
  const ranked = distinct([
    rate(solution.groups)!,
    ...equalSets(cells, cores, items).flatMap((groups) => rate(groups) ?? []),
  ]).sort(comparePlans);
  const best = ranked[0]!;
  const fat = rate(fatGroups(cores, items));
  const thin = rate(thinGroups(cores, items));
  return {
    goal: 'latency',
    cores,
    items,
    best,
    alternatives: ranked.slice(1, 1 + (question.alternatives ?? 3)),
    baselines: { fat, thin },
    speedup: {
      fat: fat && fat.predictedMs / best.predictedMs,
      thin: thin && thin.predictedMs / best.predictedMs,
      default: null,
    },
    table: {
      cells: cells.length,
      measured: cells.filter((cell) => !cell.fitted).length,
      fitted: cells.filter((cell) => cell.fitted).length,
    },
  };
}

/** Up to so many items every batch is a candidate; beyond, only those that equal sets can use. */
const everyBatchUpTo = 256;

function rangeOf(cores: number, items: number): { threads: number[]; batches: number[] } {
  const counts = Array.from({ length: cores }, (_, i) => i + 1);
  const batches =
    items <= everyBatchUpTo
      ? Array.from({ length: items }, (_, i) => i + 1)
      : [...new Set(counts.map((instances) => Math.ceil(items / instances)))];
  return { threads: counts, batches };
}

/** For each number of equal instances, the cell that is fastest; every instance gets items. */
function equalSets(cells: readonly Cell[], cores: number, items: number): Group[][] {
  const sets: Group[][] = [];
  for (let instances = 1; instances <= Math.min(cores, items); instances++) {
    const fastest = cells
      .filter((cell) => cell.threads * instances <= cores && Math.ceil(items / cell.batch) === instances)
      .reduce<Cell | null>(
        (best, cell) => (best === null || compareCells(cell, best) < 0 ? cell : best),
        null,
      );
    if (fastest !== null) sets.push([{ instances, threads: fastest.threads, batch: fastest.batch }]);
  }
  return sets;
}

const compareCells = (a: Cell, b: Cell): number =>
  a.latencyMs - b.latencyMs || a.threads - b.threads || a.batch - b.batch;

const instancesOf = (plan: Plan): number => plan.groups.reduce((sum, group) => sum + group.instances, 0);

const comparePlans = (a: Plan, b: Plan): number =>
  a.predictedMs - b.predictedMs ||
  a.latencyMs - b.latencyMs ||
  a.cores - b.cores ||
  instancesOf(a) - instancesOf(b);

function distinct(plans: readonly Plan[]): Plan[] {
  return plans.filter(
    (plan, index) => plans.findIndex((other) => sameGroups(other.groups, plan.groups)) === index,
  );
}

/** The plan of given groups, or null where one of its cells is not in the table. */
function ratePlan(
  groups: readonly Group[],
  items: number,
  table: ReadonlyMap<string, Cell>,
  question: LatencyQuestion,
): Plan | null {
  const cells = groups.map((group) => table.get(`${group.threads}/${group.batch}`));
  if (!cells.every((cell) => cell !== undefined)) return null;
  const predictedMs = predictSlowest(groups, ({ threads, batch }) => {
    const cell = table.get(`${threads}/${batch}`)!;
    return (cell.fitted ? null : question.samplesOf?.(threads, batch)) ?? cell.latencyMs;
  });
  return {
    groups,
    cores: groups.reduce((sum, group) => sum + group.instances * group.threads, 0),
    latencyMs: Math.max(...cells.map((cell) => cell.latencyMs)),
    predictedMs,
    itemsPerSecond: (items / predictedMs) * 1000,
    fitted: cells.some((cell) => cell.fitted),
  };
}

function noPlan(cells: readonly Cell[], cores: number, items: number): ThinferError {
  if (cells.length === 0)
    return new ThinferError('no-plan', 'there is no cell to plan from', {
      remedy: 'measure some, together (not --mode alone), with the same settings: `thinfer profile`',
    });
  const fitting = cells.filter((cell) => cell.threads <= cores);
  const densest = fitting.reduce(
    (most, cell) => Math.max(most, cell.batch * Math.floor(cores / cell.threads)),
    0,
  );
  const leastThreads = Math.min(...cells.map((cell) => cell.threads));
  return fitting.length === 0
    ? new ThinferError(
        'no-plan',
        `${cores} cores are fewer than the ${leastThreads} threads of the smallest instance in the table`,
        {
          remedy: `give at least ${leastThreads} cores, or measure smaller instances`,
        },
      )
    : new ThinferError(
        'no-plan',
        `${items} items are more than any set of measured instances can take on ${cores} cores (about ${densest})`,
        {
          remedy: `ask for fewer items, or measure larger batches (at least ${Math.ceil(items / cores)})`,
        },
      );
}
