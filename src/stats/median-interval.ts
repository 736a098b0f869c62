import { median, type SortedSamples, sortSamples } from './sorted-samples.ts';
import { studentHalfWidth } from './student.ts';

/** A closed interval, low ≤ high. */
export type Interval = readonly [low: number, high: number];

/**
 * A confidence interval of the population's median from order statistics: the narrowest symmetric pair whose
 * coverage under Binomial(n, ½) is at least `confidence`. Distribution-free.
 *
 * With fewer than 6 samples no pair reaches 95 %; the range of the samples is returned then, whose coverage is
 * 1 − 2^(1−n).
 *
 * @param effective How many independent samples they are worth (default: their number). The interval widens
 *   to that of so many samples.
 */
export function medianInterval(
  sorted: SortedSamples,
  confidence = 0.95,
  effective = sorted.length,
): Interval {
  const n = Math.max(1, Math.min(sorted.length, Math.floor(effective)));
  const share = n <= 1 ? 0 : lowerRank(n, confidence) / (n - 1);
  const last = sorted.length - 1;
  // Ranks of n samples, laid over the samples at hand: the same share of them lies outside.
  return [sorted[Math.floor(share * last)]!, sorted[last - Math.floor(share * last)]!];
}

/** The largest rank k (from 0) such that [x₍ₖ₎, x₍ₙ₋₁₋ₖ₎] covers the median with at least `confidence`. */
function lowerRank(n: number, confidence: number): number {
  const tail = (1 - confidence) / 2;
  let logTerm = -n * Math.LN2;
  let cumulative = Math.exp(logTerm);
  let rank = 0;
  for (let k = 0; k < n / 2; k++) {
    if (cumulative > tail) break;
    rank = k;
    logTerm += Math.log((n - k) / (k + 1));
    cumulative += Math.exp(logTerm);
    if (cumulative <= tail) rank = k + 1;
  }
  return Math.min(rank, Math.floor((n - 1) / 2));
}

/** Half the interval's width over the median: 0.01 is ± 1 %. */
export function relativeHalfWidth(interval: Interval, centre: number): number {
  return (interval[1] - interval[0]) / 2 / centre;
}

/** Whether two closed intervals share a point. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a[0] <= b[1] && b[0] <= a[1];
}

/**
 * How many independent samples a sequence is worth, by its lag-1 autocorrelation ρ: n·(1−ρ)/(1+ρ), never more
 * than n. Ranks are used, so single outliers do not hide or make a correlation.
 */
export function effectiveCount(sequence: ArrayLike<number>): number {
  const n = sequence.length;
  if (n < 4) return n;
  const ranks = ranksOf(sequence);
  const centre = (n - 1) / 2;
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const deviation = ranks[i]! - centre;
    variance += deviation * deviation;
    if (i > 0) covariance += deviation * (ranks[i - 1]! - centre);
  }
  const rho = variance === 0 ? 0 : Math.min(0.99, Math.max(0, covariance / variance));
  return Math.max(1, (n * (1 - rho)) / (1 + rho));
}

/** Ranks from 0; ties share their mean rank. */
export function ranksOf(sequence: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: sequence.length }, (_, i) => i).sort(
    (a, b) => sequence[a]! - sequence[b]!,
  );
  const ranks = new Float64Array(sequence.length);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j + 1 < order.length && sequence[order[j + 1]!] === sequence[order[i]!]) j++;
    for (let k = i; k <= j; k++) ranks[order[k]!] = (i + j) / 2;
    i = j + 1;
  }
  return ranks;
}

/** Order statistics reach 95 % from six independent values on. */
const leastForRanks = 6;

function ratioInterval(ratios: readonly number[], sorted: SortedSamples): Interval {
  const effective = effectiveCount(ratios);
  const ranks = medianInterval(sorted, 0.95, effective);
  if (effective >= leastForRanks) return ranks;
  const half = Math.min(studentHalfWidth(ratios), Number.MAX_SAFE_INTEGER);
  const centre = median(sorted);
  return [Math.min(ranks[0], Math.max(0, centre - half)), Math.max(ranks[1], centre + half)];
}

/** A ratio of paired measurements: the median of the pairs' ratios and its 95 % interval. */
export interface PairedRatio {
  readonly ratio: number;
  readonly interval: Interval;
  readonly pairs: number;
}

/** `numerators[i] / denominators[i]`, summarised. Both have the same length, at least 1. */
export function pairedRatio(numerators: ArrayLike<number>, denominators: ArrayLike<number>): PairedRatio {
  const ratios = Array.from({ length: numerators.length }, (_, i) => numerators[i]! / denominators[i]!);
  const sorted = sortSamples(ratios);
  return { ratio: median(sorted), interval: ratioInterval(ratios, sorted), pairs: ratios.length };
}
