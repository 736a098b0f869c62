import type { ToChild, ToParent } from './messages.ts';

/** Raised when a message changes its meaning; both sides refuse any other. */
export const protocolVersion = 1;

/** `THIN` in the first four bytes of every frame. */
const magic = 0x4e494854;
export const headerBytes = 40;

/** No frame is longer than this; a length beyond it is nonsense. */
const largestPayload = 64 * 1024 * 1024;

const kinds = ['json', 'run', 'done'] as const;
export type FrameKind = (typeof kinds)[number];

/**
 * One frame. Little-endian header of 40 bytes: u32 magic, u8 version, u8 kind (0 json, 1 run, 2 done), u16 slot, u32
 * payload bytes, u32 sequence, u32 count, u32 zero, u64 start, u64 until; then the payload.
 *
 * - `json`: the payload is a message in JSON.
 * - `run`: run the slot's binding up to `count` times, the first not before `start`, none after `until` (nanoseconds of
 *   CLOCK_MONOTONIC, 0: at once and without end); at least once.
 * - `done`: the answer to `run`; `count` pairs of u64 begin and end, then the shapes that the last run gave outputs bound
 *   without one, each as u64 dimensions and as many u64 sizes.
 */
export interface Frame {
  readonly kind: FrameKind;
  readonly slot: number;
  readonly sequence: number;
  readonly count: number;
  readonly startNs: bigint;
  readonly untilNs: bigint;
  readonly payload: Buffer;
}

type FrameFields = Partial<Frame> & Pick<Frame, 'kind' | 'sequence'>;

/** A frame's bytes. */
export function encodeFrame(frame: FrameFields): Buffer {
  const payloadBytes = frame.payload?.length ?? 0;
  const bytes = Buffer.alloc(headerBytes + payloadBytes);
  writeHeader(bytes, frame, payloadBytes);
  frame.payload?.copy(bytes, headerBytes);
  return bytes;
}

/** Writes a frame's header over the first 40 of `bytes`. */
export function writeHeader(bytes: Buffer, frame: FrameFields, payloadBytes: number): void {
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt8(protocolVersion, 4);
  bytes.writeUInt8(kinds.indexOf(frame.kind), 5);
  bytes.writeUInt16LE(frame.slot ?? 0, 6);
  bytes.writeUInt32LE(payloadBytes, 8);
  bytes.writeUInt32LE(frame.sequence, 12);
  bytes.writeUInt32LE(frame.count ?? 0, 16);
  bytes.writeBigUInt64LE(frame.startNs ?? 0n, 24);
  bytes.writeBigUInt64LE(frame.untilNs ?? 0n, 32);
}

/** A frame that holds a message. */
export function encodeMessage(sequence: number, message: ToChild | ToParent): Buffer {
  return encodeFrame({ kind: 'json', sequence, payload: Buffer.from(JSON.stringify(message)) });
}

/** The header's fields and the payload's length. Throws on bytes that are no frame of this version. */
export function decodeHeader(bytes: Buffer): {
  readonly frame: Omit<Frame, 'payload'>;
  readonly payloadBytes: number;
} {
  const kind = kinds[bytes.readUInt8(5)];
  const payloadBytes = bytes.readUInt32LE(8);
  if (bytes.readUInt32LE(0) !== magic) throw new Error('the bytes are no frame of the instance protocol');
  if (bytes.readUInt8(4) !== protocolVersion)
    throw new Error(`protocol version ${bytes.readUInt8(4)}, and this side speaks ${protocolVersion}`);
  if (kind === undefined) throw new Error(`frame of unknown kind ${bytes.readUInt8(5)}`);
  if (payloadBytes > largestPayload)
    throw new Error(`frame of ${payloadBytes} bytes, more than ${largestPayload}`);
  const frame = {
    kind,
    slot: bytes.readUInt16LE(6),
    sequence: bytes.readUInt32LE(12),
    count: bytes.readUInt32LE(16),
    startNs: bytes.readBigUInt64LE(24),
    untilNs: bytes.readBigUInt64LE(32),
  };
  return { frame, payloadBytes };
}

/** When each run began and ended, in CLOCK_MONOTONIC nanoseconds. */
export interface RunTimes {
  readonly beginNs: BigUint64Array;
  readonly endNs: BigUint64Array;
}

/**
 * The payload of a `done`.
 *
 * @param moments When each run began and ended, alternating.
 */
export function encodeDone(moments: readonly bigint[], shapes: readonly (readonly number[])[]): Buffer {
  const numbers = [...moments, ...shapes.flatMap((shape) => [shape.length, ...shape].map(BigInt))];
  const payload = Buffer.allocUnsafe(8 * numbers.length);
  for (const [index, number] of numbers.entries()) payload.writeBigUInt64LE(number, 8 * index);
  return payload;
}

/**
 * Reads the payload of a `done` with so many runs and shapes; null where it holds anything else.
 */
export function decodeDone(
  payload: Buffer,
  runs: number,
  shapes: number,
): { readonly times: RunTimes; readonly shapes: number[][] } | null {
  const bytes = new Uint8Array(payload);
  if (bytes.length % 8 !== 0 || bytes.length < 16 * runs) return null;
  const numbers = new BigUint64Array(bytes.buffer);
  const times: RunTimes = { beginNs: new BigUint64Array(runs), endNs: new BigUint64Array(runs) };
  for (let run = 0; run < runs; run++) {
    times.beginNs[run] = numbers[2 * run]!;
    times.endNs[run] = numbers[2 * run + 1]!;
  }
  const given: number[][] = [];
  let at = 2 * runs;
  while (at < numbers.length && given.length < shapes) {
    const dimensions = Number(numbers[at]);
    given.push(Array.from(numbers.subarray(at + 1, at + 1 + dimensions), Number));
    at += 1 + dimensions;
  }
  return at === numbers.length && given.length === shapes ? { times, shapes: given } : null;
}

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. Throws on nonsense; the stream is of no use afterwards. */
  push(chunk: Buffer): Frame[] {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const frames: Frame[] = [];
    while (this.pending.length >= headerBytes) {
      const { frame, payloadBytes } = decodeHeader(this.pending);
      const end = headerBytes + payloadBytes;
      if (this.pending.length < end) break;
      frames.push({ ...frame, payload: this.pending.subarray(headerBytes, end) });
      this.pending = this.pending.subarray(end);
    }
    return frames;
  }
}
