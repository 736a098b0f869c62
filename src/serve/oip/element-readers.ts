import type { TensorType } from '../../model/index.ts';

/** Reads the element at a byte of a tensor's dense, little-endian memory. */
export type ElementReader = (view: DataView, at: number) => number | bigint;

/** Of each type whose elements have a fixed size. 64-bit integers are bigints, booleans are 0 or 1. */
export const elementReaders: Readonly<Record<Exclude<TensorType, 'string'>, ElementReader>> = {
  float64: (view, at) => view.getFloat64(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  float16: (view, at) => view.getFloat16(at, true),
  bfloat16: (view, at) => upperHalf(view.getUint16(at, true)),
  int64: (view, at) => view.getBigInt64(at, true),
  uint64: (view, at) => view.getBigUint64(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => view.getUint8(at),
};

const bits = new DataView(new ArrayBuffer(4));
function upperHalf(half: number): number {
  bits.setUint32(0, half * 0x1_0000);
  return bits.getFloat32(0);
}
