import type { Choice } from './choice.ts';

/**
 * Sets of instances where nothing but cores is limited: an unbounded knapsack, whose table over the cores is as long
 * as there are cores.
 */

/** For every number of cores from 0 to `cores`, the largest total value that fits on so many. */
export function mostValue(choices: readonly Choice[], cores: number): Float64Array {
  const most = new Float64Array(cores + 1);
  for (let used = 1; used <= cores; used++) {
    let best = most[used - 1]!;
    for (const { threads, value } of choices)
      if (threads <= used) best = Math.max(best, most[used - threads]! + value);
    most[used] = best;
  }
  return most;
}

/** Sums of the same numbers in another order are apart by less than this share. */
const roundingError = 1e-12;

/**
 * The set that reaches `target` on the fewest cores, and of those the one with the fewest instances; null where
 * `cores` cores are too few.
 */
export function smallestOnCores(
  choices: readonly Choice[],
  cores: number,
  target: number,
): readonly Choice[] | null {
  const used = mostValue(choices, cores).findIndex((most) => most >= target);
  return used < 0 ? null : fewestInstances(choices, used, target * (1 - roundingError));
}

/** The shortest list of instances on exactly `cores` cores that reaches `target`, which is known to be reachable. */
function fewestInstances(choices: readonly Choice[], cores: number, target: number): Choice[] {
  let layer = new Float64Array(cores + 1).fill(Number.NEGATIVE_INFINITY);
  layer[0] = 0;
  const picks: Int32Array[] = [];
  while (layer[cores]! < target) {
    const next = new Float64Array(cores + 1).fill(Number.NEGATIVE_INFINITY);
    const pick = new Int32Array(cores + 1).fill(-1);
    for (let index = 0; index < choices.length; index++) {
      const { threads, value } = choices[index]!;
      for (let used = threads; used <= cores; used++) {
        const total = layer[used - threads]! + value;
        if (total <= next[used]!) continue;
        next[used] = total;
        pick[used] = index;
      }
    }
    picks.push(pick);
    layer = next;
  }
  const chosen: Choice[] = [];
  for (let used = cores; picks.length > 0; used -= chosen.at(-1)!.threads)
    chosen.push(choices[picks.pop()![used]!]!);
  return chosen;
}
