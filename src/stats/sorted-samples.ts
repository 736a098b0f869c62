declare const sortedBrand: unique symbol;

/** Ascending finite numbers, at least one: what quantiles may be taken of. */
export type SortedSamples = Float64Array & { readonly [sortedBrand]: true };

/** Copies and sorts. Throws a RangeError when there is no sample or one that is not finite. */
export function sortSamples(samples: Iterable<number>): SortedSamples {
  const sorted = new Float64Array(samples).sort();
  if (sorted.length === 0) throw new RangeError('statistics need at least one sample');
  if (!Number.isFinite(sorted[0]) || !Number.isFinite(sorted.at(-1)))
    throw new RangeError('statistics need finite samples');
  return sorted as SortedSamples;
}

/** The `q`-quantile, 0 ≤ q ≤ 1, linear between order statistics (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: SortedSamples, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** Where more samples than these, of so many in all, are as large as a number, so is their `q`-quantile. */
export function mostAbove(count: number, q: number): number {
  return count - 1 - Math.floor((count - 1) * q);
}

/** The median, in the samples' unit. */
export function median(sorted: SortedSamples): number {
  return quantile(sorted, 0.5);
}

/** The arithmetic mean. */
export function mean(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  return sum / samples.length;
}
