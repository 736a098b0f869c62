import type { PlanInForce, TrialResult } from './types.ts';

/**
 * The winner of a trial as the plan in force; null where an interrupt ended the trial, for then the floor of rounds may
 * not have been reached.
 */
export function planInForceOf(result: TrialResult): Omit<PlanInForce, 'measuredAt'> | null {
  if (result.endedBy === 'interrupted') return null;
  const winner = result.configurations.find(({ name }) => name === result.winner)!;
  const { groups, pinned, medianMs, interval, itemsPerSecond, predictedMs } = winner;
  const { items, cores } = result;
  return { items, cores, groups, pinned, medianMs, interval, itemsPerSecond, predictedMs };
}
