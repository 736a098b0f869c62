/** Buckets of an octave: each is at most 1/16 of its lower edge wide. */
const perOctave = 16;
const octaveBits = 4;
/** 36 minutes; longer ones count as that. */
const mostUs = 2 ** 31 - 1;
const size = indexOf(mostUs) + 1;

/** How often each bucket was hit. */
export type Buckets = Float64Array;

/**
 * Durations from 1 µs to 36 minutes. Adding one costs some nanoseconds and no memory. Buckets are as wide as 1/16 of what they hold, and
 * 1 µs at the least, so a quantile is at most 6 % or 1 µs off.
 */
export class LogHistogram {
  readonly buckets: Buckets = new Float64Array(size);
  count = 0;
  /** Of all durations, in ns. */
  sumNs = 0;

  /** Counts one. */
  record(ns: number): void {
    // A bucket holds its upper edge and not its lower one, as those of Prometheus.
    const us = Math.ceil(ns / 1000) - 1;
    this.buckets[indexOf(Math.min(mostUs, Math.max(0, us)))]!++;
    this.count++;
    this.sumNs += ns;
  }
}

function indexOf(us: number): number {
  if (us < perOctave) return us;
  const exponent = 31 - Math.clz32(us);
  return (exponent - octaveBits + 1) * perOctave + ((us >>> (exponent - octaveBits)) & (perOctave - 1));
}

/** Lower edge of a bucket, in µs; the upper edge of the one before. */
function edgeUs(index: number): number {
  if (index < perOctave) return index;
  const octave = Math.floor(index / perOctave) - 1;
  return (perOctave + (index % perOctave)) * 2 ** octave;
}

/** What was counted since `before` was a copy of the buckets. */
export function since(now: Buckets, before: Buckets): Buckets {
  return now.map((count, index) => count - before[index]!);
}

/** A quantile in ms, interpolated within its bucket; NaN where nothing was counted. */
export function quantileMs(buckets: Buckets, quantile: number): number {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  const rank = Math.max(1, quantile * total);
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    if (count > 0 && below + count >= rank) {
      const [low, high] = [edgeUs(index), edgeUs(index + 1)];
      return (low + ((rank - below) / count) * (high - low)) / 1000;
    }
    below += count;
  }
  return edgeUs(size) / 1000;
}

/** Two an octave, 64 µs to 67 s; they are edges of buckets, so that counts below them are exact. */
const bounds: readonly { readonly index: number; readonly seconds: string }[] = Array.from(
  { length: 41 },
  (_, step) => {
    const us = (step % 2 === 0 ? 1 : 1.5) * 2 ** (6 + Math.floor(step / 2));
    return { index: indexOf(us), seconds: String(us / 1e6) };
  },
);

/** The cumulative buckets of Prometheus: how many took at most so many seconds, ascending; without `+Inf`. */
export function cumulative(buckets: Buckets): { readonly le: string; readonly count: number }[] {
  let below = 0;
  let at = 0;
  return bounds.map(({ index, seconds }) => {
    while (at < index) below += buckets[at++]!;
    return { le: seconds, count: below };
  });
}
