import { ThinferError } from '../../errors.ts';
import { bytesPerElement, elementCount } from '../../model/element-size.ts';
import type { TensorType } from '../../model/index.ts';
import { elementReaders } from '../../serve/oip/element-readers.ts';

/** Numbers that arithmetic in another order may change a little. */
const isFloat = (type: TensorType): boolean => type === 'bfloat16' || type.startsWith('float');

/**
 * The values of a tensor's bytes: floating-point numbers as a Float64Array, which are compared within a tolerance, and anything else
 * as a list, which must be equal. Throws `request-invalid` where the bytes do not fit the shape.
 */
export function valuesOfBytes(
  type: TensorType,
  shape: readonly number[],
  bytes: Uint8Array,
): Float64Array | readonly unknown[] {
  const count = elementCount(shape);
  if (type === 'string') return readStrings(bytes, count);
  if (bytes.length !== count * bytesPerElement(type))
    throw new ThinferError(
      'request-invalid',
      `${bytes.length} bytes do not fit ${type} [${shape.join(', ')}]`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = elementReaders[type];
  const size = bytesPerElement(type);
  if (isFloat(type)) return Float64Array.from({ length: count }, (_, at) => Number(read(view, at * size)));
  return Array.from({ length: count }, (_, at) => read(view, at * size));
}

/** The same of values that came as JSON. */
export function valuesOfJson(type: TensorType, data: unknown): Float64Array | readonly unknown[] {
  const flat = Array.isArray(data) ? data.flat(64) : [data];
  return isFloat(type) ? Float64Array.from(flat, Number) : flat;
}

/** A tensor's values as JSON has them, flat. Throws `usage` for types that JSON can't carry. */
export function jsonOfBytes(type: TensorType, shape: readonly number[], bytes: Uint8Array): unknown[] {
  if (type === 'float16' || type === 'bfloat16')
    throw new ThinferError('usage', `${type} inputs have no form in JSON`, {
      remedy: 'leave --json-body out',
    });
  const values = valuesOfBytes(type, shape, bytes);
  if (type === 'bool') return Array.from(values, (value) => value !== 0);
  return Array.from(values, (value) => (typeof value === 'bigint' ? Number(value) : value));
}

function readStrings(bytes: Uint8Array, count: number): string[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const strings: string[] = [];
  for (let at = 0; at < data.length; ) {
    const length = at + 4 <= data.length ? data.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > data.length || strings.length === count)
      throw new ThinferError('request-invalid', 'the bytes of a string tensor do not fit its shape');
    strings.push(data.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return strings;
}
