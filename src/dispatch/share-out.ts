import type { Worker } from './types.ts';

/**
 * How many of the items each idle worker takes, so that the last one is done soonest; at most its largest batch each.
 * Of equals the earlier workers take more. What does not fit stays behind.
 */
export function shareOut(workers: readonly Worker[], items: number, key: string, length = 0): number[] {
  const room = workers.reduce((sum, { largestBatch }) => sum + largestBatch, 0);
  if (items >= room) return workers.map(({ largestBatch }) => largestBatch);
  if (workers.length === 1) return [items];
  const shares = workers.map(() => 0);
  for (let item = 0; item < items; item++) {
    let best = -1;
    let bestMs = Number.POSITIVE_INFINITY;
    let [tried, triedOf]: [share: number, Worker['latencyMs'] | null] = [0, null];
    for (let index = 0; index < workers.length; index++) {
      const share = shares[index]! + 1;
      const { latencyMs, largestBatch } = workers[index]!;
      if (share > largestBatch) continue;
      // One that takes as long as the last that was looked at.
      if (tried === share && triedOf === latencyMs) continue;
      tried = share;
      triedOf = latencyMs;
      const ms = latencyMs(share, key, length);
      if (ms >= bestMs) continue;
      best = index;
      bestMs = ms;
    }
    shares[best]!++;
  }
  return shares;
}
