/** A stretch of time with one rate. */
export interface Segment {
  readonly durationMs: number;
  /** 0: nothing comes. */
  readonly perSecond: number;
}

/** Bursts: requests come in one part of each period, and fewer or none in the other. */
export interface BurstShape {
  readonly onMs: number;
  readonly offMs: number;
  /** Rate of the quiet part, as a share of the mean. */
  readonly low: number;
}

/** A day: the rate is a sine with noise. */
export interface DayShape {
  readonly periodMs: number;
  /** Lowest rate, as a share of the mean. */
  readonly low: number;
  /** Standard deviation of the rate's logarithm, from one part of the day to the next. */
  readonly noise: number;
}

/** Parts of a period with a rate each: five minutes of a day. */
const partsOfDay = 288;
/** Parts of a ramp. */
const partsOfRamp = 200;
/** Segments of one schedule. */
const mostSegments = 1_000_000;

/** Bursts of a mean rate, beginning with a burst. */
export function burstSegments(
  { onMs, offMs, low }: BurstShape,
  perSecond: number,
  durationMs: number,
): Segment[] {
  const quiet = low * perSecond;
  const loud = (perSecond * (onMs + offMs) - quiet * offMs) / onMs;
  return repeated(
    [
      { durationMs: onMs, perSecond: loud },
      { durationMs: offMs, perSecond: quiet },
    ],
    durationMs,
  );
}

/** A rate that rises or falls in a straight line. */
export function rampSegments(from: number, to: number, durationMs: number): Segment[] {
  return Array.from({ length: partsOfRamp }, (_, part) => ({
    durationMs: durationMs / partsOfRamp,
    perSecond: from + ((to - from) * (part + 0.5)) / partsOfRamp,
  }));
}

/** Days of a mean rate, each beginning at its lowest. @param random Standard normal numbers. */
export function daySegments(
  { periodMs, low, noise }: DayShape,
  perSecond: number,
  durationMs: number,
  random: () => number,
): Segment[] {
  const count = Math.min(mostSegments, Math.ceil((durationMs / periodMs) * partsOfDay));
  return Array.from({ length: count }, (_, part) => {
    const wave = 1 - (1 - low) * Math.cos((2 * Math.PI * (part + 0.5)) / partsOfDay);
    // So that the mean of the noise is 1.
    const factor = noise === 0 ? 1 : Math.exp(noise * random() - noise ** 2 / 2);
    return { durationMs: periodMs / partsOfDay, perSecond: perSecond * wave * factor };
  });
}

/** How long segments take together, in ms. */
export const spanOf = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** Segments again and again, until the time is over. */
export function repeated(segments: readonly Segment[], durationMs: number): Segment[] {
  const all: Segment[] = [];
  for (let atMs = 0; atMs < durationMs && all.length < mostSegments; )
    for (const segment of segments) {
      all.push(segment);
      atMs += segment.durationMs;
    }
  return all;
}

/**
 * Independent arrivals whose rate follows the segments; moments in ms from the start. Ends with the segments, at `durationMs` or when `most` have
 * come.
 *
 * @param random Uniform numbers in [0, 1).
 */
export function arrivalsIn(
  segments: readonly Segment[],
  {
    durationMs,
    most,
    random,
  }: { readonly durationMs: number; readonly most: number; readonly random: () => number },
): Float64Array {
  const moments: number[] = [];
  let beginMs = 0;
  // What is left until the next arrival, in expected arrivals.
  let left = -Math.log(1 - random());
  for (const segment of segments) {
    const perMs = segment.perSecond / 1000;
    let atMs = beginMs;
    const endMs = beginMs + segment.durationMs;
    while (perMs > 0 && atMs + left / perMs < endMs) {
      atMs += left / perMs;
      if (atMs >= durationMs || moments.length >= most) return Float64Array.from(moments);
      moments.push(atMs);
      left = -Math.log(1 - random());
    }
    left -= perMs * (endMs - atMs);
    beginMs = endMs;
    if (beginMs >= durationMs) break;
  }
  return Float64Array.from(moments);
}
