import type { TensorType } from '../../model/index.ts';

/** Names of element types in the Open Inference Protocol v2. */
export type Datatype =
  | 'FP32' | 'FP16' | 'FP64' | 'BF16' | 'INT8' | 'UINT8' | 'INT16' | 'UINT16' | 'INT32' | 'UINT32' | 'INT64' | 'UINT64'
  | 'BOOL' | 'BYTES'; // biome-ignore format: a table

const rows: readonly (readonly [Datatype, TensorType])[] = [
  ['FP32', 'float32'],
  ['FP16', 'float16'],
  ['FP64', 'float64'],
  ['BF16', 'bfloat16'],
  ['INT8', 'int8'],
  ['UINT8', 'uint8'],
  ['INT16', 'int16'],
  ['UINT16', 'uint16'],
  ['INT32', 'int32'],
  ['UINT32', 'uint32'],
  ['INT64', 'int64'],
  ['UINT64', 'uint64'],
  ['BOOL', 'bool'],
  ['BYTES', 'string'],
];
const typeByName = new Map<string, TensorType>(rows);
const nameByType = new Map(rows.map(([name, type]) => [type, name]));

/** The element type behind a protocol name; undefined for a name that the protocol does not know. */
export function typeOfDatatype(name: string): TensorType | undefined {
  return typeByName.get(name);
}

/** The protocol's name of an element type. */
export function datatypeOf(type: TensorType): Datatype {
  return nameByType.get(type)!;
}
