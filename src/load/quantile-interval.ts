import type { Interval, SortedSamples } from '../stats/index.ts';

/** From so many expected samples on either side of the quantile, the binomial is taken as normal. */
const normalFrom = 1000;
const z95 = 1.959964;

/**
 * A 95 % confidence interval of the population's `q`-quantile from order statistics: ranks of Binomial(n, q) with at most 2.5 %
 * in each tail. Distribution-free. Null where the samples are too few for an end of it (369 for the upper end at q = 0.99).
 *
 * @param effective How many independent samples they are worth; the interval widens to that of so many.
 */
export function quantileInterval(
  sorted: SortedSamples,
  q: number,
  effective: number = sorted.length,
): Interval | null {
  const n = Math.max(1, Math.min(sorted.length, Math.floor(effective)));
  const ranks = Math.min(n * q, n * (1 - q)) >= normalFrom ? normalRanks(n, q) : binomialRanks(n, q);
  if (ranks === null) return null;
  const [low, high] = ranks;
  // Ranks of n samples, from 1, laid over the samples at hand outwards.
  const last = sorted.length - 1;
  const place = (rank: number): number => (n === 1 ? 0 : ((rank - 1) * last) / (n - 1));
  return [sorted[Math.floor(place(low))]!, sorted[Math.ceil(place(high))]!];
}

function normalRanks(n: number, q: number): [number, number] {
  const half = z95 * Math.sqrt(n * q * (1 - q));
  return [Math.max(1, Math.floor(n * q - half)), Math.min(n, Math.ceil(n * q + half) + 1)];
}

/** The largest low and the smallest high rank with P(X < low) ≤ 2.5 % and P(X ≥ high) ≤ 2.5 %. */
function binomialRanks(n: number, q: number): [number, number] | null {
  const terms = binomialTerms(n, q);
  let low = 0;
  for (let k = 0, below = 0; k < n; k++) {
    below += terms[k]!;
    if (below > 0.025) break;
    low = k + 1;
  }
  let high = n + 1;
  for (let k = n, above = 0; k >= 1; k--) {
    above += terms[k]!;
    if (above > 0.025) break;
    high = k;
  }
  return low === 0 || high === n + 1 ? null : [low, high];
}

/** P(X = k) for k = 0 … n, by logarithms so that nothing underflows on the way. */
function binomialTerms(n: number, q: number): Float64Array {
  const terms = new Float64Array(n + 1);
  let logTerm = n * Math.log1p(-q);
  const logOdds = Math.log(q) - Math.log1p(-q);
  for (let k = 0; k <= n; k++) {
    terms[k] = Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1)) + logOdds;
  }
  return terms;
}
