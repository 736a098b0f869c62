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
const normalParts = Float64Array.of(-1.534, -0.887, -0.489, -0.157, 0.157, 0.489, 0.887, 1.534);

/** How a belief is read when the next place is chosen. */
export interface ChangeQuestion {
  /** For each case the configurations among which the choice lies, the one chosen today first. */
  readonly choices: readonly (readonly Configuration[])[];
  /** Relative error of the measurement. */
  readonly deviation: number;
  /** Unmeasured cells count as slower by so many standard deviations, before and after. */
  readonly caution: number;
  /** What counts as a gain. */
  readonly aim: Aim;
}

/** How gains of single plans become one number. */
export interface Aim {
  /** Gains are raised to this power before they are added: the higher, the more the largest one counts. */
  readonly power: number;
  /** Variances are taken so many times as large when it is asked what a measurement could bring. */
  readonly curiosity: number;
}

/**
 * How much faster the chosen plans are expected to be, in ln, once a place has been measured: the knowledge gradient,
 * as the mean over the cases of its power.
 */
export function changeFor(belief: Belief, question: ChangeQuestion): (index: number) => number {
  const { choices, deviation, caution, aim } = question;
  const variances = belief.mean.map((_, i) => belief.variance(i));
  const today = belief.mean.map((mean, i) => mean + caution * Math.sqrt(variances[i]!));
  const chosen = choices.map((configurations) => slowest(today, configurations[0]!));
  const after = new Float64Array(today.length);
  return (index) => {
    const response = belief.response(index, deviation, aim.curiosity);
    for (let i = 0; i < after.length; i++)
      after[i] = belief.mean[i]! + caution * Math.sqrt(Math.max(0, variances[i]! - response[i]! ** 2));
    const sum = choices.reduce((total, configurations, at) => {
      const change = chosen[at]! - expectedBest(configurations, after, response);
      return total + Math.max(0, change) ** aim.power;
    }, 0);
    return sum / choices.length;
  };
}

/** The expected time of the fastest configuration when all places move by `response`, times a standard normal number. */
function expectedBest(
  configurations: readonly Configuration[],
  middle: Float64Array,
  response: Float64Array,
): number {
  let expected = 0;
  for (const part of normalParts) {
    let best = Number.POSITIVE_INFINITY;
    for (const configuration of configurations) {
      let time = Number.NEGATIVE_INFINITY;
      for (const i of configuration) {
        const moved = middle[i]! + part * response[i]!;
        if (moved > time) time = moved;
      }
      if (time < best) best = time;
    }
    expected += best / normalParts.length;
  }
  return expected;
}
