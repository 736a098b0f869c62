import type { Ending } from './facts.ts';
import type { EffectiveSettings } from './settings.ts';

/**
 * Whether the query just sent was the last, and why; null: it was not. @param issued Queries sent so far. @param elapsedNs When the last
 * was sent, from the start.
 */
export function endingAfter(settings: EffectiveSettings, issued: number, elapsedNs: number): Ending | null {
  const { scenario, minQueryCount, targetDurationMs, maxQueryCount, maxDurationMs } = settings;
  const isLongEnough = issued >= minQueryCount && elapsedNs >= targetDurationMs * 1e6;
  // The Server scenario ends with its schedule.
  if (scenario !== 'Server' && isLongEnough) return 'natural';
  if (maxQueryCount !== 0 && issued >= maxQueryCount) return 'most-queries';
  if (maxDurationMs !== 0 && elapsedNs > maxDurationMs * 1e6) return 'most-time';
  return null;
}

/** Why a run ended that sent all its queries. */
export function endingOfAll({ scenario }: EffectiveSettings): Ending {
  return scenario === 'Server' ? 'natural' : 'out-of-queries';
}
