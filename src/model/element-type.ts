import { TensorProto_DataType as OnnxType } from './generated/onnx_pb.ts';
import type { TensorType } from './types.ts';

const rows: readonly (readonly [TensorType, number, number])[] = [
  ['float32', OnnxType.FLOAT, 4],
  ['uint8', OnnxType.UINT8, 1],
  ['int8', OnnxType.INT8, 1],
  ['uint16', OnnxType.UINT16, 2],
  ['int16', OnnxType.INT16, 2],
  ['int32', OnnxType.INT32, 4],
  ['int64', OnnxType.INT64, 8],
  ['string', OnnxType.STRING, 0],
  ['bool', OnnxType.BOOL, 1],
  ['float16', OnnxType.FLOAT16, 2],
  ['float64', OnnxType.DOUBLE, 8],
  ['uint32', OnnxType.UINT32, 4],
  ['uint64', OnnxType.UINT64, 8],
  ['bfloat16', OnnxType.BFLOAT16, 2],
];
const bytesByType = new Map(rows.map(([type, , bytes]) => [type, bytes]));
const typeByNumber = new Map(rows.map(([type, number]) => [number, type]));
const numberByType = new Map(rows.map(([type, number]) => [type, number]));

/** Bytes of one element; 0 for `string`, whose elements have no fixed size. */
export function bytesPerElement(type: TensorType): number {
  return bytesByType.get(type) ?? 0;
}

/** The element type behind a number of onnx.proto's `TensorProto.DataType`; undefined for those thinfer can't feed (complex, 8-bit floats, 4-bit). */
export function tensorTypeOf(onnxType: number): TensorType | undefined {
  return typeByNumber.get(onnxType);
}

/** The number of onnx.proto's `TensorProto.DataType`. */
export function onnxTypeOf(type: TensorType): number {
  return numberByType.get(type) ?? OnnxType.UNDEFINED;
}

/** Whether weights of this type are floating point. */
export function isFloat(type: TensorType): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16';
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
