import { bytesPerElement, type TensorType } from '../../model/index.ts';
import { badRequest } from './torch-problem.ts';

/** A tensor read from JSON. */
export interface ReadTensor {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Arrays in arrays beyond this are no tensor. */
const maxRank = 64;

/** Writes one element; returns false for a value that the type can't hold. */
type Writer = (view: DataView, at: number, value: unknown) => boolean;

const integers: Readonly<Partial<Record<TensorType, readonly [low: number, high: number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** Length of arrays in arrays, by the first of each. */
export function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    if (shape.length === maxRank) throw badRequest(`Arrays are nested deeper than ${maxRank}.`);
    shape.push(inner.length);
  }
  return shape;
}

/** Makes a dense tensor of numbers in arrays. Throws where they are ragged, or a value does not fit the type. */
export function readNested(name: string, value: unknown, type: TensorType): ReadTensor {
  const shape = shapeOf(value);
  // Checked before memory is taken: few ragged arrays can claim any size.
  checkEven(name, value, shape, 0);
  if (type === 'string') return { shape, bytes: readStrings(name, value) };
  const size = bytesPerElement(type);
  const count = shape.reduce((product, length) => product * length, 1);
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  const write = writerOf(type);
  let at = 0;
  eachLeaf(value, (leaf) => {
    if (!write(view, at, leaf))
      throw badRequest(`Input "${name}": ${describe(leaf)} at element ${at / size} is no ${type}.`);
    at += size;
  });
  return { shape, bytes };
}

function checkEven(name: string, value: unknown, shape: readonly number[], depth: number): void {
  if (depth === shape.length) {
    if (Array.isArray(value)) throw badRequest(`Input "${name}": an array stands where a value is due.`);
    return;
  }
  if (!Array.isArray(value) || value.length !== shape[depth])
    throw badRequest(`Input "${name}": arrays at depth ${depth} have different lengths.`);
  for (const inner of value) checkEven(name, inner, shape, depth + 1);
}

function eachLeaf(value: unknown, take: (leaf: unknown) => void): void {
  if (!Array.isArray(value)) take(value);
  else for (const inner of value) eachLeaf(inner, take);
}

function writerOf(type: TensorType): Writer {
  const range = integers[type];
  if (range !== undefined) return integerWriter(type, range);
  if (type === 'bool') return writeBool;
  return (view, at, value) => {
    const number = typeof value === 'string' ? nonFinite.get(value) : value;
    return typeof number === 'number' && writeFloat(view, at, number, type);
  };
}

/** Python writes these bare; the parser of JSON gives them as texts. */
const nonFinite = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function integerWriter(type: TensorType, [low, high]: readonly [number, number]): Writer {
  const size = bytesPerElement(type);
  return (view, at, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) return false;
    if (size === 8) view.setBigInt64(at, BigInt(value), true);
    else if (size === 4) view.setInt32(at, value, true);
    else if (size === 2) view.setInt16(at, value, true);
    else view.setInt8(at, value);
    return true;
  };
}

function writeBool(view: DataView, at: number, value: unknown): boolean {
  if (typeof value !== 'boolean' && value !== 0 && value !== 1) return false;
  view.setUint8(at, value === true || value === 1 ? 1 : 0);
  return true;
}

function writeFloat(view: DataView, at: number, value: number, type: TensorType): boolean {
  if (type === 'float64') view.setFloat64(at, value, true);
  else if (type === 'float32') view.setFloat32(at, value, true);
  else if (type === 'float16') view.setFloat16(at, value, true);
  else view.setUint16(at, upperHalf(value), true);
  return true;
}

const single = new DataView(new ArrayBuffer(4));

/** The bfloat16 nearest to a number, halves to even. */
function upperHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  single.setFloat32(0, value);
  const bits = single.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Strings as `InputTensor` has them: for each its length, then its bytes. */
function readStrings(name: string, value: unknown): Uint8Array {
  const parts: Buffer[] = [];
  eachLeaf(value, (leaf) => {
    if (typeof leaf !== 'string') throw badRequest(`Input "${name}": ${describe(leaf)} is no string.`);
    const length = Buffer.alloc(4);
    const text = Buffer.from(leaf, 'utf8');
    length.writeUInt32LE(text.length);
    parts.push(length, text);
  });
  return Buffer.concat(parts);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
