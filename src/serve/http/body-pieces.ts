import { Chunks } from '../chunks.ts';

/** The first pieces of a body are kept as they come. */
const keptPieces = 64;
/** Later ones below this are gathered: a sender of single bytes would make an object of each. */
const smallBytes = 2048;
const blockBytes = 64 * 1024;

/** Collects a body. */
export class BodyPieces {
  private readonly pieces: Uint8Array[] = [];
  private block: Uint8Array | null = null;
  private filled = 0;

  /** Adds a piece, which is kept, not copied, unless it is one of many small ones. */
  push(piece: Uint8Array): void {
    if (this.pieces.length < keptPieces || piece.length >= smallBytes) {
      this.seal();
      this.pieces.push(piece);
      return;
    }
    if (this.block === null || this.filled + piece.length > this.block.length) {
      this.seal();
      this.block = new Uint8Array(blockBytes);
    }
    this.block.set(piece, this.filled);
    this.filled += piece.length;
  }

  /** All of it. */
  take(): Chunks {
    this.seal();
    return new Chunks(this.pieces);
  }

  private seal(): void {
    if (this.block !== null && this.filled > 0) this.pieces.push(trimmed(this.block, this.filled));
    this.block = null;
    this.filled = 0;
  }
}

/** A large piece may cut off a block that has hardly begun; the rest of it is not to be held. */
function trimmed(block: Uint8Array, filled: number): Uint8Array {
  return filled * 2 < block.length ? block.slice(0, filled) : block.subarray(0, filled);
}
