import { RandomStream } from '../../model/random.ts';
import type { ArrivalAsk } from './arrivals.ts';

/** Arrivals of a Poisson process: independent, exponentially distributed gaps. What many independent clients send. */
export function poissonArrivals({ rate, seed, durationMs, most }: ArrivalAsk): Float64Array {
  const random = new RandomStream(seed, 'poisson');
  const meanGapMs = 1000 / rate;
  const moments: number[] = [];
  for (let at = 0; moments.length < most; ) {
    at += -Math.log(1 - random.nextFloat()) * meanGapMs;
    if (at >= durationMs) break;
    moments.push(at);
  }
  return Float64Array.from(moments);
}
