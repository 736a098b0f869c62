import type { Worker } from './types.ts';

/**
 * How many of the items each idle worker takes, so that the last one is done soonest; at most its largest batch each.
 * Of equals the earlier workers take more. What does not fit stays behind.
 */
export function shareOut(workers: readonly Worker[], items: number, key: string, length = 0): number[] {
  const room = workers.reduce((sum, { largestBatch }) => sum + largestBatch, 0);
  if (items >= room) return workers.map(({ largestBatch }) => largestBatch);
  const shares = workers.map(() => 0);
  for (let item = 0; item < items; item++) {
    let best = -1;
    let bestMs = Number.POSITIVE_INFINITY;
    for (let index = 0; index < workers.length; index++) {
      const share = shares[index]! + 1;
      if (share > workers[index]!.largestBatch) continue;
      const ms = workers[index]!.latencyMs(share, key, length);
      if (ms < bestMs) [best, bestMs] = [index, ms];
    }
    shares[best]!++;
  }
  return shares;
}
