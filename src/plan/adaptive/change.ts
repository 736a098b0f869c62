import type { Belief } from './belief.ts';

/** A configuration as the places of its groups. */
export type Configuration = readonly number[];

/** ln of the time of a configuration: that of its slowest group. */
export function slowest(table: Float64Array, configuration: Configuration): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const index of configuration) most = Math.max(most, table[index]!);
  return most;
}

/** Middles of eight equally likely parts of a standard normal distribution. */
const normalParts = [-1.534, -0.887, -0.489, -0.157, 0.157, 0.489, 0.887, 1.534];

/**
 * How much faster the chosen plans of all cases are expected to be, in ln, once the place `index` has been measured:
 * the knowledge gradient, with unmeasured cells counted as slower by `caution` standard deviations before and after.
 *
 * @param choices For each case the configurations among which the choice lies, the one chosen today first.
 * @param deviation Relative error of the measurement.
 */
export function changeOf(
  belief: Belief,
  index: number,
  choices: readonly (readonly Configuration[])[],
  deviation: number,
  caution: number,
): number {
  const response = belief.response(index, deviation);
  const today = belief.mean.map((mean, i) => mean + caution * Math.sqrt(belief.variance(i)));
  const after = belief.mean.map(
    (mean, i) => mean + caution * Math.sqrt(Math.max(0, belief.variance(i) - response[i]! ** 2)),
  );
  let change = 0;
  for (const configurations of choices) {
    let expected = 0;
    for (const part of normalParts) {
      let best = Number.POSITIVE_INFINITY;
      for (const configuration of configurations) {
        let time = Number.NEGATIVE_INFINITY;
        for (const i of configuration) time = Math.max(time, after[i]! + part * response[i]!);
        best = Math.min(best, time);
      }
      expected += best / normalParts.length;
    }
    change += Math.max(0, slowest(today, configurations[0]!) - expected);
  }
  return change;
}
