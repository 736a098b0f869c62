import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TensorType } from '../../model/index.ts';
import { elementsOf, type FixedType } from './elements.ts';
import { encodeJsonData, InexactInteger } from './encode-json-data.ts';
import { formatJsonData } from './format-json-data.ts';
import { parseJson, parseJsonExactly } from './parse-json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const encode = (type: TensorType, data: unknown, count: number): Uint8Array =>
  encodeJsonData('x', type, count, data);
const values = (type: FixedType, bytes: Uint8Array): unknown[] => [...elementsOf(type, bytes)];
const refused = (type: TensorType, data: unknown, message: RegExp, count = 1): void => {
  assert.throws(() => encode(type, data, count), { code: 'request-invalid', message });
};

/** What comes out of `formatJsonData` goes through JSON and `encodeJsonData` as the same bytes. */
function roundTrips(type: TensorType, bytes: Uint8Array, count: number): void {
  const text = formatJsonData({ name: 'y', type, shape: [count], data: [bytes] });
  const again = encode(type, parseJsonExactly(bytesOf(text), 8), count);
  assert.deepEqual(Buffer.from(again), Buffer.from(bytes));
}

const sizes: readonly (readonly [FixedType, number])[] = [
  ['int8', 1], ['uint8', 1], ['int16', 2], ['uint16', 2], ['int32', 4], ['uint32', 4], ['int64', 8], ['uint64', 8],
]; // biome-ignore format: a table

for (const [type, size] of sizes)
  test(`any ${type} comes back from JSON exactly`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size * 3, maxLength: size * 3 }), (bytes) => {
        roundTrips(type, bytes, 3);
      }),
    );
  });

test('any float comes back from JSON exactly, NaN and infinities among them', () => {
  const number = fc.oneof(
    fc.float(),
    fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
      const floats = Float32Array.from(numbers);
      roundTrips('float32', new Uint8Array(floats.buffer), numbers.length);
      const doubles = Float64Array.from(numbers);
      roundTrips('float64', new Uint8Array(doubles.buffer), numbers.length);
      const halves = Float16Array.from(numbers);
      roundTrips('float16', new Uint8Array(halves.buffer), numbers.length);
    }),
  );
});

test('bfloat16 is rounded to the nearest, ties to even', () => {
  const exact = [1, -2.5, 3.3895313892515355e38, 2 ** -133];
  assert.deepEqual(values('bfloat16', encode('bfloat16', exact, 4)), exact);
  assert.deepEqual(values('bfloat16', encode('bfloat16', [1 + 2 ** -8, 1 + 3 * 2 ** -8], 2)), [
    1,
    1 + 2 ** -6,
  ]);
  assert.ok(Number.isNaN(values('bfloat16', encode('bfloat16', ['NaN'], 1))[0]));
  refused('bfloat16', [3.4e38], /no BF16/);
});

test('data may be nested in any way', () => {
  assert.deepEqual(values('int32', encode('int32', [[1, [2]], [], 3], 3)), [1, 2, 3]);
});

test('a wrong number of elements is refused', () => {
  refused('int32', [1], /must have the 2 elements of 'shape', but has 1/, 2);
  refused('int32', [1, 2, 3], /but has more/, 2);
  refused('int32', 5, /must be an array/);
  refused('string', [], /has 0/);
});

test('deep nesting is refused', () => {
  let data: unknown = 1;
  for (let depth = 0; depth < 100; depth++) data = [data];
  refused('int32', data, /nested deeper/);
});

test('values that a type can not hold are refused', () => {
  refused('int8', [300], /holds 300, which is no INT8/);
  refused('int8', [JSON.parse('1e400')], /holds a number beyond ±1.8e308, which is no INT8/);
  refused('int8', [-129], /INT8/);
  refused('uint8', [-1], /UINT8/);
  refused('int32', [1.5], /INT32/);
  refused('uint32', [2 ** 32], /UINT32/);
  refused('int64', [0.5], /INT64/);
  refused('int64', [2n ** 63n], /9223372036854775808/);
  refused('uint64', [-1], /UINT64/);
  refused('float32', [1e300], /FP32/);
  refused('float32', [Number.POSITIVE_INFINITY], /FP32/);
  refused('float16', [65520], /FP16/);
  refused('float64', ['1'], /FP64/);
  refused('float64', [null], /null/);
  refused('bool', [1], /BOOL/);
  refused('string', [1], /BYTES/);
});

test('integers beyond 2^53 ask for an exact parse', () => {
  const text = bytesOf('[9007199254740993,-9223372036854775808]');
  assert.throws(() => encode('int64', parseJson(text, 2), 2), InexactInteger);
  assert.deepEqual(values('int64', encode('int64', parseJsonExactly(text, 2), 2)), [
    9007199254740993n,
    -9223372036854775808n,
  ]);
});

test('numbers are printed as Triton prints them', () => {
  const floats = new Uint8Array(Float32Array.of(1, -0, 0.5, Number.NaN, Number.NEGATIVE_INFINITY).buffer);
  const print = (type: TensorType, bytes: Uint8Array): string =>
    formatJsonData({ name: 'y', type, shape: [], data: [bytes] });
  assert.equal(print('float32', floats), '[1.0,-0.0,0.5,NaN,-Infinity]');
  assert.equal(print('bool', Uint8Array.of(1, 0)), '[true,false]');
  assert.equal(print('uint64', new Uint8Array(8).fill(255)), '[18446744073709551615]');
});
