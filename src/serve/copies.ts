import type { CountAndBytes } from './types.ts';

/** Where bytes of tensors are copied. */
export type CopyPlace =
  /** From the sockets' buffers into the arena, once a request: the one copy that is meant to be. */
  | 'gather'
  /** Results of padded requests, row by row, where there are several rows. */
  | 'unpad'
  /** Out of the arena, because slow clients hold all places for outputs. */
  | 'slow-client'
  /** Numbers in JSON into bytes, and back. */
  | 'json'
  /** Into and out of messages of gRPC. */
  | 'grpc'
  /** Into and out of shared memory that a client named. */
  | 'shared-memory'
  /** Pictures and texts into tensors. */
  | 'preprocess';

/** Copies of tensors since the process began, by place. */
export const copies: Record<CopyPlace, CountAndBytes> = {
  gather: { count: 0, bytes: 0 },
  unpad: { count: 0, bytes: 0 },
  'slow-client': { count: 0, bytes: 0 },
  json: { count: 0, bytes: 0 },
  grpc: { count: 0, bytes: 0 },
  'shared-memory': { count: 0, bytes: 0 },
  preprocess: { count: 0, bytes: 0 },
};

/** Counts one. */
export function countCopy(place: CopyPlace, bytes: number): void {
  const counter = copies[place];
  counter.count++;
  counter.bytes += bytes;
}
