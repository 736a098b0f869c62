import { roomFor } from './room.ts';
import type { Worker } from './types.ts';

/** A worker that lives, and when it is free. */
export interface FreeWorker {
  readonly worker: Worker;
  freeMs: number;
}

/** So many batches are followed one by one; longer queues are passed at the rate of all workers together. */
const followed = 64;

/** Items, and what waits before them. */
export interface Queued {
  readonly ahead: number;
  /** Of what is ahead; 0: of the same length. */
  readonly aheadLength: number;
  readonly items: number;
  readonly key: string;
  readonly length: number;
}

/**
 * When so many items would be done behind others, each batch full and on the worker that is free first.
 *
 * @param workers At least one; their `freeMs` are changed.
 */
export function expectedDoneMs(workers: readonly FreeWorker[], queued: Queued): number {
  const { ahead, items, key, length } = queued;
  const aheadLength = queued.aheadLength === 0 ? length : queued.aheadLength;
  const skipped = Math.max(0, ahead + items - followed * roomOf(workers, aheadLength));
  const skippedMs = skipped === 0 ? 0 : skipped / itemsPerMs(workers, key, aheadLength);
  for (const worker of workers) worker.freeMs += skippedMs;
  let before = Math.max(0, ahead - skipped);
  let left = Math.min(items, ahead + items - skipped);
  let doneMs = 0;
  while (left > 0) {
    const next = workers.reduce((first, one) => (one.freeMs < first.freeMs ? one : first));
    const others = Math.min(before, roomFor(next.worker, aheadLength));
    const longest = others === 0 ? length : Math.max(length, aheadLength);
    const own = Math.min(left, Math.max(0, roomFor(next.worker, longest) - others));
    next.freeMs += next.worker.latencyMs(others + own, key, own === 0 ? aheadLength : longest);
    before -= others;
    left -= own;
    if (own > 0) doneMs = Math.max(doneMs, next.freeMs);
  }
  return doneMs;
}

const roomOf = (workers: readonly FreeWorker[], length: number): number =>
  workers.reduce((sum, { worker }) => sum + roomFor(worker, length), 0);

/** In full batches. */
const itemsPerMs = (workers: readonly FreeWorker[], key: string, length: number): number =>
  workers.reduce((sum, { worker }) => {
    const room = roomFor(worker, length);
    return sum + room / worker.latencyMs(room, key, length);
  }, 0);
