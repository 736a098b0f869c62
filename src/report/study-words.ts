import type { Ratio, Sizes } from '../study/index.ts';
import { formatRatio } from './format.ts';

/** What tells one curve from another. */
interface Place {
  readonly dims: Sizes;
  readonly batch: number;
}

/** A size by its name, a sequence's as its length: `length 128`, `height 224`; empty for a model without free sizes. */
export function sizeWords(dims: Sizes): string {
  return Object.entries(dims)
    .map(([name, size]) => `${/seq|len|token/i.test(name) ? 'length' : name} ${size}`)
    .join(' × ');
}

/** ` at length 128, batch 8`: where a sentence holds; the batch only where there are several, or one above 1. */
export function atPlace({ dims, batch }: Place, all: readonly Place[]): string {
  const size = sizeWords(dims);
  const saysBatch = batch > 1 || all.some((other) => other.batch !== batch);
  const words = [...(size === '' ? [] : [size]), ...(saysBatch ? [`batch ${batch}`] : [])];
  return words.length === 0 ? '' : ` at ${words.join(', ')}`;
}

/** `3.10 [3.02–3.18]`. */
export function ratioWords({ ratio, interval }: Ratio): string {
  return `${formatRatio(ratio)} ${rangeWords({ interval })}`;
}

/** `[3.02–3.18]`. */
export function rangeWords({ interval: [low, high] }: Pick<Ratio, 'interval'>): string {
  return `[${formatRatio(low)}–${formatRatio(high)}]`;
}

/** Whether an interval of a ratio leaves 1 out. */
export function isApart({ interval }: Ratio): boolean {
  return interval[0] > 1 || interval[1] < 1;
}
