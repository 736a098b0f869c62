import type { Worker } from './types.ts';

/** A worker that lives, and when it is free. */
export interface FreeWorker {
  readonly worker: Worker;
  freeMs: number;
}

/** So many batches are followed one by one; longer queues are passed at the rate of all workers together. */
const followed = 64;

/**
 * When so many items would be done behind others, each batch full and on the worker that is free first.
 *
 * @param workers At least one; their `freeMs` are changed.
 */
export function expectedDoneMs(
  workers: readonly FreeWorker[],
  { ahead, items, key }: { readonly ahead: number; readonly items: number; readonly key: string },
): number {
  const skipped = Math.max(0, ahead + items - followed * roomOf(workers));
  const skippedMs = skipped === 0 ? 0 : skipped / itemsPerMs(workers, key);
  for (const worker of workers) worker.freeMs += skippedMs;
  let before = Math.max(0, ahead - skipped);
  let left = Math.min(items, ahead + items - skipped);
  let doneMs = 0;
  while (left > 0) {
    const next = workers.reduce((first, one) => (one.freeMs < first.freeMs ? one : first));
    const others = Math.min(before, next.worker.largestBatch);
    const own = Math.min(left, next.worker.largestBatch - others);
    next.freeMs += next.worker.latencyMs(others + own, key);
    before -= others;
    left -= own;
    if (own > 0) doneMs = Math.max(doneMs, next.freeMs);
  }
  return doneMs;
}

const roomOf = (workers: readonly FreeWorker[]): number =>
  workers.reduce((sum, { worker }) => sum + worker.largestBatch, 0);

/** In full batches. */
const itemsPerMs = (workers: readonly FreeWorker[], key: string): number =>
  workers.reduce(
    (sum, { worker: { largestBatch, latencyMs } }) => sum + largestBatch / latencyMs(largestBatch, key),
    0,
  );
