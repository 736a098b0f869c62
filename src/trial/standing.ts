import { centreOfRounds, compareRounds } from './compare-rounds.ts';
import { worthwhile } from './judge-speed-up.ts';
import type { Round } from './run-round.ts';
import type { SpeedUp, Standing } from './types.ts';

/**
 * Whoever looks after every round, and stops at the first difference, finds one by chance more often than one time in
 * twenty. For stopping, a difference counts from an interval so much wider on; by simulation (`standing.test.ts`) equal
 * configurations then part wrongly in less than one trial of twenty.
 */
export const stretch = 1.6;

/** How a configuration stands against the leader. @param over Its time over the leader's. */
export function standingOf({ ratio, interval: [low, high] }: SpeedUp): Exclude<Standing, 'leader'> {
  if (low >= 1 / (1 + worthwhile) && high <= 1 + worthwhile) return 'same';
  return ratio - stretch * (ratio - low) > 1 ? 'slower' : 'open';
}

/**
 * Each configuration's standing. The leader is the fastest of those that ran the most rounds: whoever left earlier was
 * beaten, and may have run while the machine was faster.
 */
export function standingsOf(rounds: readonly (readonly Round[])[]): Standing[] {
  const most = Math.max(...rounds.map(({ length }) => length));
  const times = rounds.map((list) => (list.length < most ? Number.POSITIVE_INFINITY : centreOfRounds(list)));
  const leader = times.indexOf(Math.min(...times));
  return rounds.map((list, index) =>
    index === leader ? 'leader' : standingOf(compareRounds(list, rounds[leader]!)),
  );
}

/**
 * After how many rounds a configuration's standing is likely to be known, if intervals go on narrowing with the root of
 * the rounds.
 */
export function roundsToPart({ ratio, interval: [low, high] }: SpeedUp, count: number): number {
  const half = (high - low) / 2;
  const distance = Math.max(worthwhile, Math.abs(ratio - 1) / stretch);
  return Math.ceil(count * (half / distance) ** 2);
}
