import { median, pairedRatio, sortSamples } from '../stats/index.ts';
import type { Round } from './run-round.ts';
import type { SpeedUp } from './types.ts';

/** The least number of pairs that an interval from order statistics needs. */
const leastPairs = 6;

/** Whether nothing named disturbed a round. */
export const isClean = (round: Round): boolean => round.disturbances.length === 0;

/**
 * Time of one configuration over that of another, paired by round; of rounds that only one of them ran none counts.
 * Rounds in which both ran undisturbed, where they are at least six; all otherwise.
 */
export function compareRounds(slow: readonly Round[], fast: readonly Round[]): SpeedUp {
  if (slow === fast) return { ratio: 1, interval: [1, 1] };
  const both = Math.min(slow.length, fast.length);
  const pairs = slow.slice(0, both).map((round, index) => [round, fast[index]!] as const);
  const clean = pairs.filter(([a, b]) => isClean(a) && isClean(b));
  const counted = clean.length >= leastPairs ? clean : pairs;
  const { ratio, interval } = pairedRatio(
    counted.map(([a]) => centreOf(a)),
    counted.map(([, b]) => centreOf(b)),
  );
  return { ratio, interval };
}

const centreOf = ({ timesMs }: Round): number => median(sortSamples(timesMs));

/** Median over rounds of the median time in a round, in ms. */
export function centreOfRounds(rounds: readonly Round[]): number {
  return median(sortSamples(rounds.map(centreOf)));
}
