import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TensorType } from '../../model/index.ts';
import { elementsOf, nestedText } from './nested-json.ts';
import { readNested } from './nested-tensor.ts';

const roundTrip = (value: unknown, type: TensorType): unknown => {
  const { shape, bytes } = readNested('x', value, type);
  const output = { name: 'y', type, shape, data: [bytes.subarray(0, 3), bytes.subarray(3)] };
  return JSON.parse(nestedText(elementsOf(output), shape, 0));
};

const matrix = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[][]> =>
  fc
    .integer({ min: 1, max: 5 })
    .chain((length) =>
      fc.array(fc.array(value, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 5 }),
    );

const exact: readonly (readonly [TensorType, fc.Arbitrary<unknown>])[] = [
  ['float32', fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)],
  ['float64', fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)],
  ['float16', fc.integer({ min: -2048, max: 2048 })],
  ['bfloat16', fc.integer({ min: -256, max: 256 })],
  ['int8', fc.integer({ min: -128, max: 127 })],
  ['uint8', fc.integer({ min: 0, max: 255 })],
  ['uint16', fc.integer({ min: 0, max: 65_535 })],
  ['int32', fc.integer()],
  ['uint32', fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  ['int64', fc.maxSafeInteger()],
  ['uint64', fc.maxSafeNat()],
  ['bool', fc.boolean()],
  ['string', fc.string({ unit: 'grapheme' })],
];

for (const [type, values] of exact)
  test(`${type}: what was written is what was read`, () => {
    fc.assert(fc.property(matrix(values), (value) => assert.deepEqual(roundTrip(value, type), value)));
  });

test('arrays that are no tensor are refused before memory is taken', () => {
  const wide = Array.from({ length: 1000 }, () => 0);
  const rows: unknown[] = [wide, ...Array.from({ length: 100_000 }, () => [])];
  assert.throws(() => readNested('x', rows, 'float64'), /different lengths/);
  assert.throws(() => readNested('x', [[1], 2], 'float32'), /different lengths/);
  assert.throws(() => readNested('x', [1, [2]], 'float32'), /an array stands/);
  let deep: unknown = 1;
  for (let depth = 0; depth < 65; depth++) deep = [deep];
  assert.throws(() => readNested('x', deep, 'float32'), /deeper than 64/);
});

test('values that a type can not hold are refused', () => {
  for (const [type, value] of [
    ['int8', 128],
    ['uint8', -1],
    ['int32', 1.5],
    ['int64', 2 ** 60],
    ['bool', 2],
    ['float32', '1'],
    ['float32', null],
    ['string', 1],
  ] as const)
    assert.throws(() => readNested('x', [value], type), /is no /, `${type} ${value}`);
});

test('bfloat16 rounds to the nearest, halves to even; NaN stays NaN', () => {
  const halfOf = (value: unknown): number => {
    const { bytes } = readNested('x', [value], 'bfloat16');
    return bytes[0]! + bytes[1]! * 256;
  };
  assert.equal(halfOf(1), 0x3f80);
  assert.equal(halfOf(1 + 2 ** -8), 0x3f80);
  assert.equal(halfOf(1 + 3 * 2 ** -8), 0x3f82);
  assert.equal(halfOf('NaN'), 0x7fc0);
});
