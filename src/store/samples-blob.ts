import type { ReplicaRuns } from '../profile/index.ts';

/** Begin offset and duration of each run in turn, as little-endian 64-bit integers of nanoseconds. */
export function encodeRuns({ beginNs, durationNs }: ReplicaRuns): Uint8Array {
  const pairs = new BigInt64Array(2 * durationNs.length);
  for (let run = 0; run < durationNs.length; run++) {
    pairs[2 * run] = beginNs[run]!;
    pairs[2 * run + 1] = durationNs[run]!;
  }
  return new Uint8Array(pairs.buffer);
}

/** The inverse of `encodeRuns`. */
export function decodeRuns(blob: Uint8Array): ReplicaRuns {
  // A copy lies at an address that numbers of eight bytes may lie at.
  const pairs = new BigUint64Array(blob.slice().buffer);
  const beginNs = new BigUint64Array(pairs.length / 2);
  const durationNs = new BigUint64Array(pairs.length / 2);
  for (let run = 0; run < durationNs.length; run++) {
    beginNs[run] = pairs[2 * run]!;
    durationNs[run] = pairs[2 * run + 1]!;
  }
  return { beginNs, durationNs };
}
