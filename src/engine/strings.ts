import { ThinferError } from '../errors.ts';

/**
 * Strings in memory: for each element its length in bytes as u32, little-endian, then its bytes in UTF-8; the `BYTES` of the Open
 * Inference Protocol. What lies behind the last element does not count.
 */

/** Bytes that so many elements take. Throws `shape-invalid` where they do not end within the memory. */
export function stringsLength(data: Uint8Array, elements: number): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (let element = 0; element < elements; element++) {
    const end = at + 4 <= data.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > data.length)
      throw new ThinferError(
        'shape-invalid',
        `string ${element} of ${elements} does not end within its memory`,
      );
    at = end;
  }
  return at;
}

/** Reads so many elements. Throws `shape-invalid` where one does not end within the memory, or is not UTF-8. */
export function readStrings(data: Uint8Array, elements: number): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  stringsLength(data, elements);
  let at = 0;
  return Array.from({ length: elements }, (_, element) => {
    const begin = at + 4;
    at = begin + view.getUint32(at, true);
    try {
      return decoder.decode(data.subarray(begin, at));
    } catch {
      throw new ThinferError(
        'shape-invalid',
        `string ${element} is not UTF-8, and the engine takes no other`,
      );
    }
  });
}

/** Writes elements. Throws `shape-invalid` where the memory is too small. */
export function writeStrings(strings: readonly string[], target: Uint8Array): void {
  const buffer = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  const needed = strings.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0);
  if (needed > buffer.length)
    throw new ThinferError(
      'shape-invalid',
      `strings of an output take ${needed} bytes, and only ${buffer.length} were set aside`,
    );
  let at = 0;
  for (const text of strings) {
    const bytes = buffer.write(text, at + 4);
    at = buffer.writeUInt32LE(bytes, at) + bytes;
  }
}
