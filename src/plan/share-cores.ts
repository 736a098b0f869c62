/**
 * Shares cores among models such that the largest slow-down is as small as can be; of those shares the one with the
 * smallest sum of slow-downs, then with the fewest cores. A dynamic programme over models and cores, exact.
 *
 * @param slowdowns For each model, by its number of cores from 0: how many times slower it is than with all cores;
 * infinity where it has no plan.
 * @returns the cores of each model, or null where they can't all have a plan.
 */
export function shareCores(slowdowns: readonly (readonly number[])[], cores: number): number[] | null {
  if (slowdowns.length === 0) return [];
  const worst = combine(slowdowns, cores, Math.max).best.at(-1)![cores]!;
  if (worst === Number.POSITIVE_INFINITY) return null;
  const bounded = slowdowns.map((row) =>
    row.map((slowdown) => (slowdown <= worst ? slowdown : Number.POSITIVE_INFINITY)),
  );
  const { best, picks } = combine(bounded, cores, (a, b) => a + b);
  const sums = best.at(-1)!;
  let left = sums.indexOf(sums[cores]!);
  const shares: number[] = [];
  for (let model = slowdowns.length - 1; model >= 0; model--) {
    const share = picks[model]![left]!;
    shares.unshift(share);
    left -= share;
  }
  return shares;
}

interface Combined {
  /** After each model, by cores: the least of what `join` makes of the slow-downs so far. */
  readonly best: readonly (readonly number[])[];
  /** The cores that the model then has. */
  readonly picks: readonly (readonly number[])[];
}

function combine(
  slowdowns: readonly (readonly number[])[],
  cores: number,
  join: (a: number, b: number) => number,
): Combined {
  const best: number[][] = [];
  const picks: number[][] = [];
  let before: readonly number[] = new Array<number>(cores + 1).fill(0);
  for (const row of slowdowns) {
    const after = new Array<number>(cores + 1).fill(Number.POSITIVE_INFINITY);
    const pick = new Array<number>(cores + 1).fill(0);
    for (let all = 0; all <= cores; all++)
      for (let own = 0; own <= all; own++) {
        const value = join(before[all - own]!, row[own] ?? Number.POSITIVE_INFINITY);
        if (value < after[all]!) [after[all], pick[all]] = [value, own];
      }
    best.push(after);
    picks.push(pick);
    before = after;
  }
  return { best, picks };
}
