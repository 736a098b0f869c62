import { type Choice, choicesOf, rateOf, rateTolerance } from './choice.ts';
import { type Limits, largestNode, usableCells } from './limits.ts';
import type { Target } from './question.ts';
import { greatestValue, mostEqual, type Placed, reaches, smallestSet } from './smallest-set.ts';
import type { Cell, Group, Placement } from './types.ts';

/** The exact optimum of one planning problem. */
export interface Solution {
  /** By descending threads, then batch. */
  readonly groups: readonly Group[];
  /** The largest latency over its instances, in ms. */
  readonly latencyMs: number;
  readonly cores: number;
  readonly instances: number;
  /** One per instance, where the limits have nodes: its threads and batch, and which of the nodes it lies on. */
  readonly placement: readonly Placement[] | null;
}

/**
 * The configuration that processes `items` items on at most `cores` cores such that the slowest instance is as
 * fast as possible; among those the one with the fewest cores, then the fewest instances. Null where no
 * combination of cells holds that many items. Exact for any grid of threads and batches, with holes, ties and
 * latencies that are not monotone; idle cores and unequal instances are allowed.
 */
export function solve(cells: readonly Cell[], cores: number, items: number): Solution | null {
  return solveLatency(cells, items, { cores });
}

/**
 * The same within any limits. Binary search over the latencies that occur; for each, only cells that are no slower
 * are choices, and a knapsack tells whether they hold the items.
 */
export function solveLatency(cells: readonly Cell[], items: number, limits: Limits): Solution | null {
  const usable = usableCells(cells, limits);
  const within = choicesWithin(usable, limits);
  const latencies = distinctLatencies(usable);
  let low = 0;
  let high = latencies.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reaches(within(latencies[middle]!), limits, items)) high = middle;
    else low = middle + 1;
  }
  if (low === latencies.length) return null;
  const latencyMs = latencies[low]!;
  const set = smallestSet(within(latencyMs), limits, items)!;
  return solutionOf(limits.equal === true ? set : trimBatches(usable, set, latencyMs, items), limits);
}

/**
 * The configuration that processes most items per second, each instance always with a full batch; of those that come
 * within a billionth of it, the one with the fewest cores, then the fewest instances. Null where no instance fits.
 */
export function solveThroughput(cells: readonly Cell[], limits: Limits): Solution | null {
  const choices = rateChoices(cells, limits);
  const most = greatestValue(choices, limits);
  if (most === 0) return null;
  return solutionOf(smallestSet(choices, limits, most * (1 - rateTolerance))!, limits);
}

/** The configuration that processes `itemsPerSecond` on the fewest cores, then with the fewest instances; null: there is none. */
export function solveCost(cells: readonly Cell[], itemsPerSecond: number, limits: Limits): Solution | null {
  const set = smallestSet(rateChoices(cells, limits), limits, itemsPerSecond * (1 - rateTolerance));
  return set && solutionOf(set, limits);
}

/** The set on the fewest cores that holds so many items at once, however long it takes; null: there is none. */
export function smallestWithin(cells: readonly Cell[], items: number, limits: Limits): Solution | null {
  const choices = choicesWithin(usableCells(cells, limits), limits)(Number.POSITIVE_INFINITY);
  const set = smallestSet(choices, limits, items);
  return set && solutionOf(set, limits);
}

/** Whether some set within the limits does what a goal asks, however well: holds the items, or reaches the rate. */
export function canReach(cells: readonly Cell[], target: Target, limits: Limits): boolean {
  switch (target.goal) {
    case 'latency':
      return reaches(
        choicesWithin(usableCells(cells, limits), limits)(Number.POSITIVE_INFINITY),
        limits,
        target.items,
      );
    case 'throughput':
      return usableCells(cells, limits).some((cell) => mostEqual(cell, limits) > 0);
    case 'cost':
      return reaches(rateChoices(cells, limits), limits, target.itemsPerSecond * (1 - rateTolerance));
  }
}

/** The most items that a set within the limits holds at once. */
export function mostItems(cells: readonly Cell[], limits: Limits): number {
  const usable = usableCells(cells, limits);
  return greatestValue(
    choicesOf(usable, ({ batch }) => batch, limits),
    limits,
  );
}

/** The most items per second within the limits. */
export function mostItemsPerSecond(cells: readonly Cell[], limits: Limits): number {
  return greatestValue(rateChoices(cells, limits), limits);
}

const rateChoices = (cells: readonly Cell[], limits: Limits): Choice[] =>
  choicesOf(usableCells(cells, limits), rateOf, limits);

/** Ascending. */
export function distinctLatencies(cells: readonly Cell[]): Float64Array {
  const sorted = Float64Array.from(cells, (cell) => cell.latencyMs).sort();
  return sorted.filter((latency, index) => index === 0 || latency !== sorted[index - 1]);
}

/** For a latency in ms, the choices that are no slower. */
function choicesWithin(cells: readonly Cell[], limits: Limits): (latencyMs: number) => Choice[] {
  if (limits.memoryBytes !== undefined)
    return (latencyMs) =>
      choicesOf(
        cells.filter((cell) => cell.latencyMs <= latencyMs),
        ({ batch }) => batch,
        limits,
      );
  const columns = [...Map.groupBy(cells, ({ threads }) => threads).values()]
    .sort((a, b) => a[0]!.threads - b[0]!.threads)
    .map(risingBatches);
  const largest = largestNode(limits);
  return (latencyMs) => {
    const choices: Choice[] = [];
    let most = 0;
    let spans = false;
    for (const column of columns) {
      // What spans nodes is looked at apart: nothing smaller can take its place.
      if (!spans && column[0]!.threads > largest) [spans, most] = [true, 0];
      const cell = lastWithin(column, latencyMs);
      if (cell === null || cell.batch <= most) continue;
      most = cell.batch;
      choices.push({ cell, threads: cell.threads, value: cell.batch, memoryBytes: 0 });
    }
    return choices;
  };
}

/** The cells of one thread count that hold more items than every faster one, by ascending latency. */
function risingBatches(column: readonly Cell[]): Cell[] {
  let most = 0;
  return column
    .toSorted((a, b) => a.latencyMs - b.latencyMs || b.batch - a.batch)
    .filter(({ batch }) => {
      const rises = batch > most;
      if (rises) most = batch;
      return rises;
    });
}

function lastWithin(column: readonly Cell[], latencyMs: number): Cell | null {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle]!.latencyMs <= latencyMs) low = middle + 1;
    else high = middle;
  }
  return column[low - 1] ?? null;
}

/** Takes smaller batches where the set holds more items than asked for: less padding, nothing slower, no more memory. */
function trimBatches(
  cells: readonly Cell[],
  set: readonly Placed[],
  latencyMs: number,
  items: number,
): Placed[] {
  let spare = set.reduce((sum, { choice }) => sum + choice.cell.batch, 0) - items;
  if (spare === 0) return [...set];
  const columns = Map.groupBy(cells, ({ threads }) => threads);
  return set.map(({ choice, nodes }) => {
    const smallest = columns
      .get(choice.threads)!
      .filter(
        (cell) =>
          cell.latencyMs <= latencyMs &&
          choice.cell.batch - cell.batch <= spare &&
          (choice.memoryBytes === 0 || cell.memoryBytes! <= choice.memoryBytes),
      )
      .reduce((least, cell) => (cell.batch < least.batch ? cell : least), choice.cell);
    spare -= choice.cell.batch - smallest.batch;
    return { choice: { ...choice, cell: smallest }, nodes };
  });
}

function solutionOf(set: readonly Placed[], limits: Limits): Solution {
  return {
    groups: groupsOf(set.map(({ choice }) => choice.cell)),
    latencyMs: set.reduce((most, { choice }) => Math.max(most, choice.cell.latencyMs), 0),
    cores: set.reduce((sum, { choice }) => sum + choice.threads, 0),
    instances: set.length,
    placement: limits.nodes === undefined ? null : set.map(placementOf).sort(byShape),
  };
}

const placementOf = ({ choice, nodes }: Placed): Placement => ({
  threads: choice.threads,
  batch: choice.cell.batch,
  nodes: nodes!.toSorted((a, b) => a - b),
});

const byShape = (
  a: { readonly threads: number; readonly batch: number },
  b: { readonly threads: number; readonly batch: number },
): number => b.threads - a.threads || b.batch - a.batch;

/** Equal instances become one group; groups by descending threads, then descending batch. */
export function groupsOf(
  instances: readonly { readonly threads: number; readonly batch: number }[],
): Group[] {
  const equals = Map.groupBy(instances, ({ threads, batch }) => `${threads}/${batch}`);
  return [...equals.values()]
    .map((equal) => ({ instances: equal.length, threads: equal[0]!.threads, batch: equal[0]!.batch }))
    .sort(byShape);
}
