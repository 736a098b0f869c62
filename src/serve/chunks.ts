import { invariant } from '../errors.ts';

/** Smaller pieces are not worth it. */
const freedBytes = 16 * 1024;

/**
 * Gives memory back at once that nobody will read again. The garbage collector sees little of it, and would let the bodies of a hundred
 * requests wait for their turn. What fills its buffer only in part is left: another request may lie in the rest.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  const whole = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
  if (whole && byteLength >= freedBytes) buffer.transfer(0);
}

/** Bytes as they came from a socket: pieces of memory in order, never joined until they are copied where they belong. */
export class Chunks {
  readonly length: number;
  private readonly pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    let length = 0;
    for (const piece of pieces) length += piece.length;
    this.length = length;
  }

  /** A part of the same memory. */
  slice(from: number, length: number): Chunks {
    const parts: Uint8Array[] = [];
    this.visit(from, length, (part) => parts.push(part));
    return new Chunks(parts);
  }

  /** Copies `length` bytes from `from` to `target` at `at`. */
  copyTo(target: Uint8Array, at: number, from = 0, length = this.length): void {
    let to = at;
    this.visit(from, length, (part) => {
      target.set(part, to);
      to += part.length;
    });
  }

  /** All in one piece: the memory itself where it is one already, a copy otherwise. */
  join(): Uint8Array {
    if (this.pieces.length === 1) return this.pieces[0]!;
    const joined = new Uint8Array(this.length);
    this.copyTo(joined, 0);
    return joined;
  }

  /** Gives the memory of large pieces back (`freeMemory`); nothing of it may be read any more, here or in a slice. */
  free(): void {
    for (const piece of this.pieces) freeMemory(piece);
  }

  private visit(from: number, length: number, take: (part: Uint8Array) => void): void {
    invariant(from >= 0 && length >= 0 && from + length <= this.length, 'Bytes are taken from within.');
    let skip = from;
    let left = length;
    for (const piece of this.pieces) {
      if (left === 0) return;
      if (skip >= piece.length) {
        skip -= piece.length;
        continue;
      }
      const part = piece.subarray(skip, skip + Math.min(left, piece.length - skip));
      skip = 0;
      left -= part.length;
      if (part.length > 0) take(part);
    }
  }
}
