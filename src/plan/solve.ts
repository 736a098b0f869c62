import type { Cell, Group } from './types.ts';

/** The exact optimum of one planning problem. */
export interface Solution {
  /** By descending threads, then batch. */
  readonly groups: readonly Group[];
  /** The largest latency over its instances, in ms. */
  readonly latencyMs: number;
  readonly cores: number;
  readonly instances: number;
}

/** The cells of one thread count, in the order of `latencyMs`. */
interface Column {
  readonly threads: number;
  readonly cells: readonly Cell[];
}

/**
 * The configuration that processes `items` items on at most `cores` cores such that the slowest instance is as
 * fast as possible; among those the one with the fewest cores, then the fewest instances. Null where no
 * combination of cells holds that many items.
 *
 * Binary search over the latencies that occur; for each, the largest batch that one instance of t threads finishes
 * in time is known, and an unbounded knapsack over the cores tells how many items fit. Exact for any grid of threads
 * and batches, with holes, ties and latencies that are not monotone; idle cores and unequal instances are allowed.
 */
export function solve(cells: readonly Cell[], cores: number, items: number): Solution | null {
  const columns = columnsOf(cells, cores);
  const latencies = [
    ...new Set(columns.flatMap((column) => column.cells.map((cell) => cell.latencyMs))),
  ].sort((a, b) => a - b);
  let low = 0;
  let high = latencies.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const capacities = capacitiesWithin(columns, latencies[middle]!);
    if (mostItems(capacities, cores)[cores]! >= items) high = middle;
    else low = middle + 1;
  }
  if (low === latencies.length) return null;
  return smallestSet(columns, latencies[low]!, cores, items);
}

function columnsOf(cells: readonly Cell[], cores: number): Column[] {
  const byThreads = Map.groupBy(
    cells.filter((cell) => cell.threads <= cores),
    (cell) => cell.threads,
  );
  return [...byThreads]
    .map(([threads, column]) => ({ threads, cells: column.sort((a, b) => a.latencyMs - b.latencyMs) }))
    .sort((a, b) => a.threads - b.threads);
}

/** What one instance of `threads` threads can take in time. */
interface Capacity {
  readonly threads: number;
  readonly batch: number;
}

function capacitiesWithin(columns: readonly Column[], latencyMs: number): Capacity[] {
  const capacities: Capacity[] = [];
  for (const { threads, cells } of columns) {
    let batch = 0;
    for (const cell of cells) {
      if (cell.latencyMs > latencyMs) break;
      batch = Math.max(batch, cell.batch);
    }
    if (batch > 0) capacities.push({ threads, batch });
  }
  return capacities;
}

/** For every number of cores from 0 to `cores`, the most items that fit on so many. */
function mostItems(capacities: readonly Capacity[], cores: number): Float64Array {
  const most = new Float64Array(cores + 1);
  for (let used = 1; used <= cores; used++) {
    let best = most[used - 1]!;
    for (const { threads, batch } of capacities) {
      if (threads > used) break;
      best = Math.max(best, most[used - threads]! + batch);
    }
    most[used] = best;
  }
  return most;
}

/** Fewest cores first, then fewest instances, for a latency that is known to be reachable. */
function smallestSet(columns: readonly Column[], latencyMs: number, cores: number, items: number): Solution {
  const capacities = capacitiesWithin(columns, latencyMs);
  const used = mostItems(capacities, cores).findIndex((most) => most >= items);
  const chosen = fewestInstances(capacities, used, items);
  const groups = groupsOf(trimBatches(columns, chosen, latencyMs, items));
  return { groups, latencyMs, cores: used, instances: chosen.length };
}

/** The shortest list of instances on `cores` cores that holds `items` items. */
function fewestInstances(capacities: readonly Capacity[], cores: number, items: number): Capacity[] {
  let layer = new Float64Array(cores + 1).fill(Number.NEGATIVE_INFINITY);
  layer[0] = 0;
  const choices: Int32Array[] = [];
  while (layer[cores]! < items) {
    const next = new Float64Array(cores + 1).fill(Number.NEGATIVE_INFINITY);
    const choice = new Int32Array(cores + 1).fill(-1);
    for (let used = 1; used <= cores; used++) {
      capacities.forEach(({ threads, batch }, index) => {
        const total = threads <= used ? layer[used - threads]! + batch : Number.NEGATIVE_INFINITY;
        if (total > next[used]!) [next[used], choice[used]] = [total, index];
      });
    }
    choices.push(choice);
    layer = next;
  }
  const chosen: Capacity[] = [];
  for (let used = cores; choices.length > 0; used -= chosen.at(-1)!.threads)
    chosen.push(capacities[choices.pop()![used]!]!);
  return chosen;
}

/** Takes smaller batches where the set holds more items than asked for: less padding, nothing slower. */
function trimBatches(
  columns: readonly Column[],
  chosen: readonly Capacity[],
  latencyMs: number,
  items: number,
): Capacity[] {
  let spare = chosen.reduce((sum, { batch }) => sum + batch, 0) - items;
  return chosen.map((instance) => {
    const column = columns.find(({ threads }) => threads === instance.threads)!;
    const batch = column.cells
      .filter((cell) => cell.latencyMs <= latencyMs && instance.batch - cell.batch <= spare)
      .reduce((least, cell) => Math.min(least, cell.batch), instance.batch);
    spare -= instance.batch - batch;
    return { threads: instance.threads, batch };
  });
}

/** Equal instances become one group; groups by descending threads, then descending batch. */
export function groupsOf(
  instances: readonly { readonly threads: number; readonly batch: number }[],
): Group[] {
  const byShape = Map.groupBy(instances, ({ threads, batch }) => `${threads}/${batch}`);
  return [...byShape.values()]
    .map((equal) => ({ instances: equal.length, threads: equal[0]!.threads, batch: equal[0]!.batch }))
    .sort((a, b) => b.threads - a.threads || b.batch - a.batch);
}
