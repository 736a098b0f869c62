import type { Choice } from './choice.ts';
import { mostValue } from './knapsack.ts';

/** How much the sets that grow from a partial one can still gain. */
export interface UpperBound {
  /** At least what can be added to a set that leaves so many cores and so much memory free. */
  readonly gain: (freeCores: number, freeMemory: number) => number;
  /** The value of some set that keeps to cores and memory: the best is no worse. */
  readonly reached: number;
}

/** The bound is loosened by this share of itself, far more than rounding can take from it. */
const slack = 1e-9;
const bisections = 40;

/**
 * Bounds from two relaxations that ignore nodes: memory unlimited, and memory at a price per byte (a Lagrangian
 * relaxation) that is bisected to where the priced optimum just fills the memory there is.
 *
 * @param memoryBytes The limit; infinity for none.
 */
export function upperBound(choices: readonly Choice[], cores: number, memoryBytes: number): UpperBound {
  const free = mostValue(choices, cores);
  if (memoryBytes === Number.POSITIVE_INFINITY)
    return { gain: (freeCores) => free[freeCores]! * (1 + slack), reached: 0 };
  let low = 0;
  let high = Math.max(0, ...choices.map(({ value, memoryBytes: bytes }) => value / Math.max(bytes, 1))) * 2;
  let tightest = priced(choices, cores, low);
  let tightestPrice = low;
  let reached = tightest.memoryBytes <= memoryBytes ? tightest.value : 0;
  for (let step = 0; step < bisections; step++) {
    const price = (low + high) / 2;
    const relaxed = priced(choices, cores, price);
    if (relaxed.memoryBytes <= memoryBytes) {
      reached = Math.max(reached, relaxed.value);
      high = price;
    } else low = price;
    if (
      relaxed.profits[cores]! + price * memoryBytes <
      tightest.profits[cores]! + tightestPrice * memoryBytes
    )
      [tightest, tightestPrice] = [relaxed, price];
  }
  const { profits } = tightest;
  const gain = (freeCores: number, freeMemory: number): number =>
    Math.min(free[freeCores]!, profits[freeCores]! + tightestPrice * freeMemory) * (1 + slack);
  return { gain, reached };
}

interface Priced {
  /** By cores: the largest value less price × memory. */
  readonly profits: Float64Array;
  /** Memory and value of the set behind the profit on all cores. */
  readonly memoryBytes: number;
  readonly value: number;
}

function priced(choices: readonly Choice[], cores: number, price: number): Priced {
  const profits = new Float64Array(cores + 1);
  const memory = new Float64Array(cores + 1);
  const values = new Float64Array(cores + 1);
  for (let used = 1; used <= cores; used++) {
    let from = used - 1;
    let best: Choice | null = null;
    let profit = profits[from]!;
    for (const choice of choices) {
      if (choice.threads > used) continue;
      const total = profits[used - choice.threads]! + choice.value - price * choice.memoryBytes;
      if (total > profit) [profit, best, from] = [total, choice, used - choice.threads];
    }
    profits[used] = profit;
    memory[used] = memory[from]! + (best?.memoryBytes ?? 0);
    values[used] = values[from]! + (best?.value ?? 0);
  }
  return { profits, memoryBytes: memory[cores]!, value: values[cores]! };
}
