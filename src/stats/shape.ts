import { ranksOf } from './median-interval.ts';
import { mean, median, type SortedSamples, sortSamples } from './sorted-samples.ts';

/** A trend over time. */
export interface Drift {
  /** Change from the first third to the last, over the median: 0.1 is 10 % slower. */
  readonly change: number;
  /** Two-sided p-value of "no trend" (Spearman's rank correlation with time, normal approximation). */
  readonly p: number;
}

/** The trend of a sequence in time order; null with fewer than 8 values, where no trend can be told. */
export function findDrift(sequence: ArrayLike<number>): Drift | null {
  const n = sequence.length;
  if (n < 8) return null;
  const ranks = ranksOf(sequence);
  let sumOfSquares = 0;
  for (let i = 0; i < n; i++) sumOfSquares += (ranks[i]! - i) ** 2;
  const rho = 1 - (6 * sumOfSquares) / (n * (n * n - 1));
  const third = Math.floor(n / 3);
  const all = Array.from(sequence);
  const first = median(sortSamples(all.slice(0, third)));
  const last = median(sortSamples(all.slice(n - third)));
  return {
    change: (last - first) / median(sortSamples(all)),
    p: normalTail(Math.abs(rho) * Math.sqrt(n - 1)),
  };
}

/** Two-sided tail of the standard normal (Abramowitz and Stegun 7.1.26, absolute error below 2e-7). */
function normalTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.min(1, polynomial * Math.exp(-x * x));
}

/** Two groups of samples. */
export interface Modes {
  /** Medians of the faster and the slower group. */
  readonly low: number;
  readonly high: number;
  /** Share of the samples in the slower group. */
  readonly highShare: number;
  /** Ashman's D: distance of the means over the pooled deviation; above 2 the groups stand apart. */
  readonly separation: number;
}

/**
 * Splits samples where the variance within the two parts is least (Otsu's threshold). The caller judges the
 * separation: one Gaussian cut in two has D ≈ 2.65, a uniform 3.46. Null with fewer than 10 samples.
 */
export function splitModes(sorted: SortedSamples): Modes | null {
  const n = sorted.length;
  if (n < 10) return null;
  const prefix = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) prefix[i + 1] = prefix[i]! + sorted[i]!;
  let cut = 1;
  let best = -1;
  for (let i = 1; i < n; i++) {
    const distance = prefix[i]! / i - (prefix[n]! - prefix[i]!) / (n - i);
    const between = i * (n - i) * distance * distance;
    if (between > best) [best, cut] = [between, i];
  }
  const low = sorted.subarray(0, cut) as SortedSamples;
  const high = sorted.subarray(cut) as SortedSamples;
  const pooled = Math.sqrt((variance(low) + variance(high)) / 2);
  const distance = mean(high) - mean(low);
  return {
    low: median(low),
    high: median(high),
    highShare: (n - cut) / n,
    separation: pooled === 0 ? (distance === 0 ? 0 : Number.POSITIVE_INFINITY) : distance / pooled,
  };
}

function variance(samples: ArrayLike<number>): number {
  const centre = mean(samples);
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i]! - centre) ** 2;
  return sum / samples.length;
}
