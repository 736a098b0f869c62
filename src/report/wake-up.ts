import type { TrialConfiguration } from '../trial/types.ts';
import { formatRatio } from './format.ts';

/** From when on a trial is said to have been slowed by waking up: the time predicted, and how far it was exceeded. */
export const shortSets = {
  /** Sets predicted to take less, in ms. */
  belowMs: 1,
  /** Measured time over predicted time, at least. */
  factor: 1.25,
} as const;

/**
 * What to say where predicted and measured times stand side by side: predictions come from runs back to back, a trial's
 * times from single starts, and a short set spends much of its time on waking up. Null where no set is short and slower.
 */
export function wakeUpFinding(
  configurations: readonly Pick<TrialConfiguration, 'predictedMs' | 'medianMs'>[],
): string | null {
  const factors = configurations.flatMap(({ predictedMs, medianMs }) =>
    predictedMs !== null && predictedMs < shortSets.belowMs ? medianMs / predictedMs : [],
  );
  const most = Math.max(...factors);
  if (most < shortSets.factor) return null;
  return `Took up to ${formatRatio(most)} times as long as predicted: predictions come from runs back to back, a trial’s times from single starts, and sets of less than ${shortSets.belowMs} ms spend much of theirs on waking up.`;
}
