import { ThinferError } from '../../errors.ts';
import type { Chunks } from '../chunks.ts';

/**
 * `BYTES` tensors as the protocol serialises them: for each element, in row-major order, its length as a little-endian u32 and
 * then its bytes.
 */

const lengthBytes = 4;
const largestLength = 0xffffffff;

/** Serialises texts, as UTF-8. */
export function encodeStrings(values: readonly string[]): Uint8Array {
  let bytes = 0;
  for (const value of values) bytes += lengthBytes + Buffer.byteLength(value);
  const target = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const value of values) {
    const written = target.write(value, at + lengthBytes, 'utf8');
    target.writeUInt32LE(written, at);
    at += lengthBytes + written;
  }
  return target;
}

/** Serialises elements that are bytes already. */
export function encodeByteStrings(values: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const value of values) bytes += lengthBytes + value.length;
  const target = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const value of values) {
    if (value.length > largestLength)
      throw new ThinferError('request-invalid', 'an element of a BYTES tensor is longer than 4 GiB');
    target.writeUInt32LE(value.length, at);
    target.set(value, at + lengthBytes);
    at += lengthBytes + value.length;
  }
  return target;
}

/** Visits the elements of serialised `bytes`, as memory of it. Throws `request-invalid` where the last one is cut off. */
export function* byteStrings(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    if (at + lengthBytes > bytes.length) throw incomplete(name, 'the length of a string', bytes.length - at);
    const length = view.getUint32(at, true);
    at += lengthBytes;
    if (at + length > bytes.length) throw incomplete(name, `a string of length ${length}`, bytes.length - at);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** The number of elements. Throws `request-invalid` where the last one is cut off. */
export function countStrings(name: string, data: Chunks): number {
  const bytes = data.join();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let count = 0;
  while (at < bytes.length) {
    if (at + lengthBytes > bytes.length) throw incomplete(name, 'the length of a string', bytes.length - at);
    const length = view.getUint32(at, true);
    at += lengthBytes + length;
    if (at > bytes.length)
      throw incomplete(name, `a string of length ${length}`, bytes.length - (at - length));
    count += 1;
  }
  return count;
}

/** The elements as texts. Throws `request-invalid` where they are not UTF-8: JSON can't hold them. */
export function decodeStrings(name: string, bytes: Uint8Array): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts: string[] = [];
  for (const element of byteStrings(name, bytes)) {
    try {
      texts.push(decoder.decode(element));
    } catch {
      throw new ThinferError('request-invalid', `tensor '${name}' holds bytes that are not UTF-8`, {
        remedy: 'ask for it in binary (`"binary_data": true`)',
      });
    }
  }
  return texts;
}

function incomplete(name: string, what: string, available: number): ThinferError {
  return new ThinferError(
    'request-invalid',
    `incomplete string data for '${name}': expecting ${what} but only ${available} bytes are available`,
  );
}
