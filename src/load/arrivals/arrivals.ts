import { ThinferError } from '../../errors.ts';
import type { ArrivalName } from './arrival-names.ts';
import { constantArrivals } from './constant.ts';
import { mostRequests } from './most-requests.ts';
import { poissonArrivals } from './poisson.ts';

/** What a schedule is made of. */
export interface ArrivalAsk {
  /** Requests per second, above 0. */
  readonly rate: number;
  /** The same seed gives the same schedule on every machine. */
  readonly seed: number;
  /** Arrivals lie in [0, `durationMs`); infinite where only `most` bounds them. */
  readonly durationMs: number;
  /** No more arrivals than this. */
  readonly most: number;
}

/** An arrival shape: moments in ms from the start at which requests are due, ascending. A pure function. */
export type ArrivalShape = (ask: ArrivalAsk) => Float64Array;

const shapes: Readonly<Record<ArrivalName, ArrivalShape>> = {
  poisson: poissonArrivals,
  constant: constantArrivals,
};

/** What a run is asked for: a time or a number of requests, after a warm-up. */
export interface Extent {
  readonly warmupMs: number;
  /** Infinite where `requests` bounds the run. */
  readonly durationMs: number;
  /** Counted requests; infinite where `durationMs` bounds the run. */
  readonly requests: number;
}

/** A run's schedule: the warm-up first, then what counts. */
export interface Schedule {
  /** Moments in ms from the start, ascending. */
  readonly dueMs: Float64Array;
  /** The first entry that counts. */
  readonly firstCounted: number;
}

/** Fixes the whole schedule beforehand. Throws `usage` where it holds too many requests, or none. */
export function makeSchedule(name: ArrivalName, rate: number, seed: number, extent: Extent): Schedule {
  const { warmupMs, durationMs, requests } = extent;
  const expected = (rate * warmupMs) / 1000 + Math.min(requests, (rate * durationMs) / 1000);
  if (expected > mostRequests)
    throw new ThinferError('usage', `${Math.round(expected)} requests are more than one run may have`, {
      remedy: `stay within ${mostRequests} requests: a lower --rate, or a shorter --duration`,
    });
  const shape = shapes[name];
  // A Poisson count strays from its mean by far less than this.
  const most = 2 * mostRequests;
  const before = shape({ rate, seed: seed ^ 0x5bd1e995, durationMs: warmupMs, most });
  const counted = shape({ rate, seed, durationMs, most: Math.min(requests, most) });
  if (counted.length === 0)
    throw new ThinferError('usage', `at ${rate} requests/s no request is due within ${durationMs} ms`, {
      remedy: 'give a longer --duration, a higher --rate, or --requests',
    });
  const dueMs = new Float64Array(before.length + counted.length);
  dueMs.set(before);
  for (let index = 0; index < counted.length; index++)
    dueMs[before.length + index] = warmupMs + counted[index]!;
  return { dueMs, firstCounted: before.length };
}
