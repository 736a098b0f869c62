import type { ArrivalAsk } from './arrivals.ts';

/** Evenly spaced arrivals, the first at 0. */
export function constantArrivals({ rate, durationMs, most }: ArrivalAsk): Float64Array {
  const gapMs = 1000 / rate;
  const count = Math.min(most, Math.ceil(durationMs / gapMs));
  return Float64Array.from({ length: count }, (_, index) => index * gapMs).filter((ms) => ms < durationMs);
}
