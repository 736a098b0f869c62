import type { Piece, Worker } from './types.ts';

/** Most items of a length in one batch of a worker: longer ones than its batch is meant for take the room of several. */
export function roomFor(
  { largestBatch, usualLength = 0 }: Pick<Worker, 'largestBatch' | 'usualLength'>,
  length: number,
): number {
  if (usualLength === 0 || length <= usualLength) return largestBatch;
  return Math.max(1, Math.floor((largestBatch * usualLength) / length));
}

/** Of the longest request. */
export function lengthOf(pieces: readonly Piece<unknown>[]): number {
  let longest = 0;
  for (const { ticket } of pieces) longest = Math.max(longest, ticket.length ?? 0);
  return longest;
}
