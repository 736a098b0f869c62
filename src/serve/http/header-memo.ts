import type { InferHeader } from './infer-header.ts';

interface Kept {
  readonly bytes: Uint8Array;
  readonly header: InferHeader;
}

const mostKept = 16;
const largestBytes = 4096;

/**
 * The JSON that requests came with last: a client sends the same again and again, and other tensors behind it. Reading it is the
 * dearest part of what is done for a small request beside HTTP itself.
 */
export class HeaderMemo {
  private readonly kept: Kept[] = [];
  private oldest = 0;

  /** What `bytes` were read as before; undefined: they are new here. */
  find(bytes: Uint8Array): InferHeader | undefined {
    for (const { bytes: known, header } of this.kept)
      if (known.length === bytes.length && Buffer.compare(known, bytes) === 0) return header;
    return undefined;
  }

  /** Keeps a header that may come again: one without elements of its own. The oldest gives way. */
  keep(bytes: Uint8Array, header: InferHeader): void {
    const again = header.id === null && header.inputs.every(({ source }) => source.from !== 'json');
    if (!again || bytes.length > largestBytes) return;
    this.kept[this.oldest] = { bytes: new Uint8Array(bytes), header };
    this.oldest = (this.oldest + 1) % mostKept;
  }
}
