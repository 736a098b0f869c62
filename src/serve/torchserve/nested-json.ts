import { bytesPerElement, type TensorType } from '../../model/index.ts';
import { countCopy } from '../copies.ts';
import type { OutputTensor } from '../types.ts';

/** Elements of a tensor, one after the other. */
export interface Elements {
  readonly shape: readonly number[];
  /** The JSON text of an element. */
  readonly text: (at: number) => string;
  /** The number itself; NaN for strings. */
  readonly number: (at: number) => number;
}

type Reader = (view: DataView, at: number) => number | bigint;

const readers: Readonly<Record<Exclude<TensorType, 'string'>, Reader>> = {
  float64: (view, at) => view.getFloat64(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  float16: (view, at) => view.getFloat16(at, true),
  bfloat16: (view, at) => fromUpperHalf(view.getUint16(at, true)),
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

/** Copies an output out of the arena, readable element by element. */
export function elementsOf({ type, shape, data }: OutputTensor): Elements {
  const bytes = Buffer.concat(data);
  countCopy('json', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === 'string') {
    const strings = readStrings(bytes);
    return { shape, text: (at) => JSON.stringify(strings[at]), number: () => Number.NaN };
  }
  const read = readers[type];
  const size = bytesPerElement(type);
  const text = type === 'bool' ? boolText : numberText;
  return {
    shape,
    text: (at) => text(read(view, at * size)),
    number: (at) => Number(read(view, at * size)),
  };
}

/** Arrays in arrays of elements, as JSON text; `from` is the first element, `shape` what is left of the shape. */
export function nestedText(elements: Elements, shape: readonly number[], from: number): string {
  if (shape.length === 0) return elements.text(from);
  const [length, ...inner] = shape;
  const step = inner.reduce((product, size) => product * size, 1);
  const parts: string[] = [];
  for (let at = 0; at < length!; at++) parts.push(nestedText(elements, inner, from + at * step));
  return `[${parts.join(', ')}]`;
}

/** JSON has no NaN and no infinity: both become null. */
function numberText(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isFinite(value) ? String(value) : 'null';
}

function boolText(value: number | bigint): string {
  return value === 0 ? 'false' : 'true';
}

const single = new DataView(new ArrayBuffer(4));

function fromUpperHalf(half: number): number {
  single.setUint32(0, half * 65_536);
  return single.getFloat32(0);
}

function readStrings(bytes: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    strings.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return strings;
}
