import { ThinferError } from '../../errors.ts';
import { normalQuantile, RandomStream } from '../../model/random.ts';
import { constantArrivals } from './constant.ts';
import { mostRequests } from './most-requests.ts';
import { poissonArrivals } from './poisson.ts';
import {
  arrivalsIn,
  burstSegments,
  daySegments,
  rampSegments,
  repeated,
  type Segment,
  spanOf,
} from './segments.ts';
import type { Shape } from './shape.ts';

/** What a schedule of one rate is made of. */
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

/**
 * Fixes the whole schedule beforehand; the warm-up has the rate that the shape begins with, or its mean where that is 0. Throws `usage` where it
 * holds too many requests, or none.
 */
export function makeSchedule(shape: Shape, seed: number, extent: Extent): Schedule {
  const { warmupMs, durationMs, requests } = extent;
  const mean = meanRate(shape, durationMs);
  const first = firstRate(shape) || mean;
  const expected = (first * warmupMs) / 1000 + Math.min(requests, (mean * durationMs) / 1000);
  if (expected > mostRequests)
    throw new ThinferError('usage', `${Math.round(expected)} requests are more than one run may have`, {
      remedy: `stay within ${mostRequests} requests: a lower --rate, or a shorter --duration`,
    });
  // A Poisson count strays from its mean by far less than this.
  const most = 2 * mostRequests;
  const before = warmUp(shape, { rate: first, seed: seed ^ 0x5bd1e995, durationMs: warmupMs, most });
  const counted = arrivalsOf(shape, { seed, durationMs, most: Math.min(requests, most) });
  if (counted.length === 0)
    throw new ThinferError(
      'usage',
      `at ${rounded(mean)} requests/s no request is due within ${durationMs} ms`,
      {
        remedy: 'give a longer --duration, a higher --rate, or --requests',
      },
    );
  const dueMs = new Float64Array(before.length + counted.length);
  dueMs.set(before);
  for (let index = 0; index < counted.length; index++)
    dueMs[before.length + index] = warmupMs + counted[index]!;
  return { dueMs, firstCounted: before.length };
}

const rounded = (rate: number): number => Number(rate.toPrecision(3));

const warmUp = (shape: Shape, ask: ArrivalAsk): Float64Array =>
  shape.kind === 'constant' ? constantArrivals(ask) : poissonArrivals(ask);

/** Moments at which requests of a shape are due, ascending, in ms. A pure function: the same seed gives the same on every machine. */
export function arrivalsOf(shape: Shape, ask: Omit<ArrivalAsk, 'rate'>): Float64Array {
  const { seed, durationMs, most } = ask;
  if (shape.kind === 'constant') return constantArrivals({ ...ask, rate: shape.rate });
  if (shape.kind === 'poisson') return poissonArrivals({ ...ask, rate: shape.rate });
  const random = new RandomStream(seed, shape.kind);
  const endMs = Number.isFinite(durationMs) ? durationMs : durationFor(shape, most);
  return arrivalsIn(segmentsOf(shape, endMs, seed), {
    durationMs: endMs,
    most,
    random: () => random.nextFloat(),
  });
}

/** A time in which so many requests of a shape come with near certainty. */
function durationFor(shape: Shape, requests: number): number {
  const periodMs = periodOf(shape);
  const perPeriod = (meanRate(shape, periodMs) * periodMs) / 1000;
  return periodMs * (1 + Math.ceil((1.2 * requests + 100) / perPeriod));
}

function segmentsOf(
  shape: Exclude<Shape, { kind: 'constant' | 'poisson' }>,
  durationMs: number,
  seed: number,
): Segment[] {
  switch (shape.kind) {
    case 'bursts':
      return burstSegments(shape, shape.rate, durationMs);
    case 'steps':
      return repeated(shape.steps, durationMs);
    case 'ramp':
      return rampSegments(shape.from, shape.to, durationMs);
    case 'day': {
      const random = new RandomStream(seed, 'noise of a day');
      // Never the ends, whose quantiles are infinite.
      const normal = (): number => normalQuantile((random.nextInteger(0, 1 << 20) + 0.5) / (1 << 20));
      return daySegments(shape, shape.rate, durationMs, normal);
    }
  }
}

/** After so long a shape begins anew, in ms. */
function periodOf(shape: Shape): number {
  switch (shape.kind) {
    case 'bursts':
      return shape.onMs + shape.offMs;
    case 'day':
      return shape.periodMs;
    case 'steps':
      return spanOf(shape.steps);
    default:
      return 1000;
  }
}

/** Of so much time, requests per second. */
function meanRate(shape: Shape, durationMs: number): number {
  switch (shape.kind) {
    case 'ramp':
      return (shape.from + shape.to) / 2;
    case 'steps': {
      const all = Number.isFinite(durationMs) ? durationMs : periodOf(shape);
      let count = 0;
      let atMs = 0;
      for (const step of repeated(shape.steps, all)) {
        const spanMs = Math.max(0, Math.min(step.durationMs, all - atMs));
        count += (step.perSecond * spanMs) / 1000;
        atMs += step.durationMs;
      }
      return count / (all / 1000);
    }
    default:
      return shape.rate;
  }
}

function firstRate(shape: Shape): number {
  switch (shape.kind) {
    case 'ramp':
      return shape.from;
    case 'steps':
      return shape.steps[0]!.perSecond;
    case 'day':
      return shape.rate * shape.low;
    default:
      return shape.rate;
  }
}
