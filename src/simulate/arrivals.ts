import type { LoadEstimate } from '../dispatch/index.ts';
import { seededRandom } from '../stats/index.ts';

/**
 * A stream of requests as an estimate describes them: a renewal process whose gaps have the burstiness as squared coefficient of variation
 * (hyperexponential above 1, a sum of exponentials below), which is its index of dispersion in the long run. Requests have as many items
 * as in the mean, rounded up and down by chance. The same seed gives the same stream.
 *
 * @param count Requests, at least 1. @param load With a rate above 0.
 */
export function streamOf(
  load: LoadEstimate,
  count: number,
  seed: number,
): { readonly arrivedMs: Float64Array; readonly items: Float64Array } {
  const random = seededRandom(seed);
  const nextGap = gapsOf(load.burstiness, random);
  const arrivedMs = new Float64Array(count);
  const items = new Float64Array(count);
  const meanGapMs = 1000 / load.requestsPerSecond;
  const whole = Math.floor(load.itemsPerRequest);
  let nowMs = 0;
  for (let at = 0; at < count; at++) {
    nowMs += nextGap() * meanGapMs;
    arrivedMs[at] = nowMs;
    items[at] = Math.max(1, whole + (random() < load.itemsPerRequest - whole ? 1 : 0));
  }
  return { arrivedMs, items };
}

/** Sums of more gaps than these are as good as even. */
const mostSummed = 32;

/** Gaps of mean 1. */
function gapsOf(burstiness: number, random: () => number): () => number {
  const exponential = (): number => -Math.log(1 - random());
  if (burstiness > 1) {
    // Balanced means: both kinds of gaps take the same share of the time.
    const often = (1 + Math.sqrt((burstiness - 1) / (burstiness + 1))) / 2;
    return () => (random() < often ? exponential() / (2 * often) : exponential() / (2 * (1 - often)));
  }
  const summed = Math.min(mostSummed, Math.max(1, Math.round(1 / Math.max(burstiness, 1e-9))));
  if (summed === mostSummed) return () => 1;
  return () => {
    let gap = 0;
    for (let k = 0; k < summed; k++) gap += exponential();
    return gap / summed;
  };
}
