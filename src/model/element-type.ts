import { TensorProto_DataType as OnnxType } from './generated/onnx_pb.ts';
import type { TensorType } from './types.ts';

const rows: readonly (readonly [TensorType, number])[] = [
  ['float32', OnnxType.FLOAT],
  ['uint8', OnnxType.UINT8],
  ['int8', OnnxType.INT8],
  ['uint16', OnnxType.UINT16],
  ['int16', OnnxType.INT16],
  ['int32', OnnxType.INT32],
  ['int64', OnnxType.INT64],
  ['string', OnnxType.STRING],
  ['bool', OnnxType.BOOL],
  ['float16', OnnxType.FLOAT16],
  ['float64', OnnxType.DOUBLE],
  ['uint32', OnnxType.UINT32],
  ['uint64', OnnxType.UINT64],
  ['bfloat16', OnnxType.BFLOAT16],
];
const typeByNumber = new Map(rows.map(([type, number]) => [number, type]));
const numberByType = new Map(rows.map(([type, number]) => [type, number]));

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
