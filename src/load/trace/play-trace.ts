import { ThinferError } from '../../errors.ts';
import type { Schedule } from '../arrivals/arrivals.ts';
import { mostRequests } from '../arrivals/most-requests.ts';
import type { Trace } from './parse-trace.ts';

/** How a trace is played. */
export interface PlayOptions {
  /** 2: in half the time. */
  readonly speed: number;
  /** What comes later is left out, in ms of the play; infinite: nothing is. */
  readonly durationMs: number;
  /** Requests beyond so many are left out. */
  readonly most: number;
}

/** A trace as it is sent: the first requests of it, each with the prepared request that it is. */
export interface PlayedTrace {
  /** In ms from the first, ascending. */
  readonly dueMs: Float64Array;
  /** Which prepared request each is. */
  readonly payloads: Uint32Array;
}

/** A schedule that says of each request which prepared one it is. */
export type PayloadSchedule = Schedule & { readonly payloads: Uint32Array };

/** When the trace's requests are due, in ms from the first one. */
export function playTrace({ timesMs }: Trace, { speed, durationMs, most }: PlayOptions): Float64Array {
  const all = timesMs.map((ms) => ms / speed);
  let count = Math.min(most, all.length);
  while (count > 0 && all[count - 1]! >= durationMs) count--;
  return all.subarray(0, count);
}

/**
 * The schedule of a trace: the warm-up plays its beginning, then it is played from its first request on. Throws `usage` where it has too
 * many requests.
 */
export function traceSchedule({ dueMs, payloads }: PlayedTrace, warmupMs: number): PayloadSchedule {
  let before = 0;
  while (before < dueMs.length && dueMs[before]! < warmupMs) before++;
  const count = before + dueMs.length;
  if (count > mostRequests)
    throw new ThinferError('usage', `${count} requests are more than one run may have`, {
      remedy: `stay within ${mostRequests} requests: a shorter --duration or --warmup`,
    });
  const all = new Float64Array(count);
  const which = new Uint32Array(count);
  all.set(dueMs.subarray(0, before));
  which.set(payloads.subarray(0, before));
  for (let index = 0; index < dueMs.length; index++) all[before + index] = warmupMs + dueMs[index]!;
  which.set(payloads, before);
  return { dueMs: all, payloads: which, firstCounted: before };
}
