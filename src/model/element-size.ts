import type { TensorType } from './types.ts';

const bytesByType: Readonly<Record<TensorType, number>> = {
  float64: 8,
  int64: 8,
  uint64: 8,
  float32: 4,
  int32: 4,
  uint32: 4,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
  string: 0,
};

/** Bytes of one element; 0 for `string`, whose elements have no fixed size. */
export function bytesPerElement(type: TensorType): number {
  return bytesByType[type];
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
