import { quantile, sortSamples } from '../stats/index.ts';

/** One point of a distribution. */
export interface QuantilePoint {
  /** Share of the samples that are at most `ms`, below 1. */
  readonly q: number;
  readonly ms: number;
}

/** From one point to the next, in log₁₀ of 1/(1−q). */
const step = 0.05;

/** Quantiles at even steps of log 1/(1−q), as HdrHistogram's plots have them, up to that of the longest. Empty without samples. */
export function quantileCurve(samples: readonly number[]): QuantilePoint[] {
  if (samples.length === 0) return [];
  const sorted = sortSamples(samples);
  const end = Math.log10(sorted.length);
  const places = Array.from({ length: Math.ceil(end / step) }, (_, index) => index * step);
  return [
    ...places.map((place) => {
      const q = 1 - 10 ** -place;
      return { q, ms: quantile(sorted, q) };
    }),
    { q: 1 - 10 ** -end, ms: sorted.at(-1)! },
  ];
}
