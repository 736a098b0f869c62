import { ThinferError } from '../../errors.ts';
import type { TensorType } from '../../model/index.ts';
import { encodeStrings } from './bytes.ts';
import { datatypeOf } from './datatypes.ts';
import { narrowToBfloat16 } from './elements.ts';

/** Integers beyond 2^53 were parsed inexactly: the document is to be parsed again with `parseExactly`. */
export class InexactInteger extends Error {}

/** Deeper arrays than any tensor has are refused. */
const deepest = 64;

/**
 * The `data` of a JSON tensor, flat or nested in any way as Triton takes it, as the bytes of a dense tensor of `count` elements.
 * Throws `request-invalid` for another number of elements and for values that the type can't hold, and `InexactInteger` where an
 * integer lost digits when it was parsed.
 *
 * Floats may be the texts "NaN", "Infinity" and "-Infinity", as in Protobuf's JSON: JSON has no numbers for them.
 */
export function encodeJsonData(name: string, type: TensorType, count: number, data: unknown): Uint8Array {
  if (!Array.isArray(data)) throw invalid(name, "'data' must be an array");
  if (type === 'string') {
    const texts: string[] = [];
    flatten(name, data, count, (value) => texts.push(textOf(name, value)));
    if (!texts.every((text) => text.isWellFormed()))
      throw new ThinferError(
        'request-invalid',
        `${name}: a text holds half a surrogate pair, which is no Unicode`,
      );
    return encodeStrings(texts);
  }
  const target = newElements(type, count);
  const convert = converters[type];
  let at = 0;
  flatten(name, data, count, (value) => {
    target[at] = convert(name, type, value) as never;
    at += 1;
  });
  const elements = type === 'bfloat16' ? narrowToBfloat16(target as Float32Array) : target;
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

function flatten(
  name: string,
  data: readonly unknown[],
  count: number,
  take: (value: unknown) => void,
): void {
  let taken = 0;
  const walk = (values: readonly unknown[], depth: number): void => {
    if (depth > deepest) throw invalid(name, `'data' is nested deeper than ${deepest} arrays`);
    for (const value of values) {
      if (Array.isArray(value)) {
        walk(value, depth + 1);
        continue;
      }
      taken += 1;
      if (taken > count) throw wrongCount(name, count, 'more');
      take(value);
    }
  };
  walk(data, 1);
  if (taken < count) throw wrongCount(name, count, String(taken));
}

function newElements(type: Exclude<TensorType, 'string'>, count: number) {
  switch (type) {
    case 'float32':
    case 'bfloat16':
      return new Float32Array(count);
    case 'float64':
      return new Float64Array(count);
    case 'float16':
      return new Float16Array(count);
    case 'int8':
      return new Int8Array(count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(count);
    case 'int16':
      return new Int16Array(count);
    case 'uint16':
      return new Uint16Array(count);
    case 'int32':
      return new Int32Array(count);
    case 'uint32':
      return new Uint32Array(count);
    case 'int64':
      return new BigInt64Array(count);
    case 'uint64':
      return new BigUint64Array(count);
  }
}

type Convert = (name: string, type: TensorType, value: unknown) => number | bigint;

const integer =
  (low: number, high: number): Convert =>
  (name, type, value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw unfit(name, type, value);
  };

const longInteger =
  (low: bigint, high: bigint): Convert =>
  (name, type, value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return inRange(BigInt(value));
    if (typeof value === 'bigint') return inRange(value);
    if (typeof value === 'number' && Number.isInteger(value)) throw new InexactInteger();
    throw unfit(name, type, value);

    function inRange(exact: bigint): bigint {
      if (exact < low || exact > high) throw unfit(name, type, exact);
      return exact;
    }
  };

/** A number must stay finite when it is rounded to the type; the largest that does rounds to the type's largest value. */
const float =
  (rounded: (value: number) => number): Convert =>
  (name, type, value) => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(rounded(number))) return number;
    if (value === 'NaN') return Number.NaN;
    if (value === 'Infinity') return Number.POSITIVE_INFINITY;
    if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
    throw unfit(name, type, value);
  };

/** The halfway point between the largest bfloat16 and the next power of two. */
const bfloat16Overflow = 2 ** 127 * (2 - 2 ** -8);

const converters: Readonly<Record<Exclude<TensorType, 'string'>, Convert>> = {
  float32: float(Math.fround),
  float64: float((value) => value),
  float16: float(Math.f16round),
  bfloat16: float((value) => (Math.abs(value) >= bfloat16Overflow ? Number.POSITIVE_INFINITY : value)),
  int8: integer(-(2 ** 7), 2 ** 7 - 1),
  uint8: integer(0, 2 ** 8 - 1),
  int16: integer(-(2 ** 15), 2 ** 15 - 1),
  uint16: integer(0, 2 ** 16 - 1),
  int32: integer(-(2 ** 31), 2 ** 31 - 1),
  uint32: integer(0, 2 ** 32 - 1),
  int64: longInteger(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: longInteger(0n, 2n ** 64n - 1n),
  bool: (name, type, value) => {
    if (typeof value !== 'boolean') throw unfit(name, type, value);
    return value ? 1 : 0;
  },
};

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw unfit(name, 'string', value);
  return value;
}

function unfit(name: string, type: TensorType, value: unknown): ThinferError {
  if (typeof value === 'number' && !Number.isFinite(value))
    return invalid(name, `'data' holds a number beyond ±1.8e308, which is no ${datatypeOf(type)}`);
  const shown = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return invalid(name, `'data' holds ${shown.slice(0, 40)}, which is no ${datatypeOf(type)}`);
}

function wrongCount(name: string, count: number, got: string): ThinferError {
  return invalid(name, `'data' must have the ${count} elements of 'shape', but has ${got}`);
}

function invalid(name: string, problem: string): ThinferError {
  return new ThinferError('request-invalid', `input '${name.slice(0, 200)}': ${problem}`);
}
