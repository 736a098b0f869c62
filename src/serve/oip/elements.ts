import type { TensorType } from '../../model/index.ts';

/** Elements of a tensor as numbers; those of 64-bit integers as bigint. */
export type Elements =
  | Float32Array
  | Float64Array
  | Float16Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Types whose elements have a fixed size. */
export type FixedType = Exclude<TensorType, 'string'>;

interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): Elements;
}

/** bfloat16 is the upper half of a float32 and has no array of its own: it is read through `Uint16Array`. */
const views: Readonly<Record<FixedType, View>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Float16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** The elements of dense, little-endian bytes: a view where they are aligned, of a copy otherwise. bfloat16 is widened to float32. */
export function elementsOf(type: FixedType, bytes: Uint8Array): Elements {
  const size = views[type].BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : Uint8Array.prototype.slice.call(bytes);
  const elements = new views[type](aligned.buffer, aligned.byteOffset, Math.floor(bytes.length / size));
  return type === 'bfloat16' ? widen(elements as Uint16Array) : elements;
}

function widen(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = halves[index]! * 0x10000;
  return new Float32Array(bits.buffer);
}

/** The bfloat16 nearest to each value, ties to even, as bits. */
export function narrowToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const word = bits[index]!;
    const upper = word >>> 16;
    // Rounding could carry a NaN over to zero.
    halves[index] = Number.isNaN(values[index]) ? upper | 0x40 : (word + 0x7fff + (upper & 1)) >>> 16;
  }
  return halves;
}

/** Joins pieces of memory: the memory itself where it is one. */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
