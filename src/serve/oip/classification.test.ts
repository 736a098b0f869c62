import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorType } from '../../model/index.ts';
import type { OutputTensor } from '../types.ts';
import { classify } from './classification.ts';

type Elements = Float32Array | Float64Array | BigInt64Array | Uint8Array | Float16Array;
const output = (type: TensorType, shape: readonly number[], elements: Elements): OutputTensor => ({
  name: 'y',
  type,
  shape,
  data: [new Uint8Array(elements.buffer)],
});

// The expected values were answered by Triton 2.51.
test('the largest of each item, as Triton prints them', () => {
  const two = output('float32', [2, 3], Float32Array.of(1, 3, 2, 9, 1e-7, 1e20));
  assert.deepEqual(classify(two, 2, true), {
    shape: [2, 2],
    labels: ['3.000000:1', '2.000000:2', '100000002004087734272.000000:2', '9.000000:0'],
  });
  assert.deepEqual(classify(output('int64', [1, 2], BigInt64Array.of(5n, 7n)), 2, true), {
    shape: [1, 2],
    labels: ['7:1', '5:0'],
  });
});

test('there are no more classes than elements', () => {
  assert.deepEqual(classify(output('uint8', [1, 2], Uint8Array.of(1, 2)), 20, true), {
    shape: [1, 2],
    labels: ['2:1', '1:0'],
  });
});

test('without a batch all elements are one item', () => {
  const classes = classify(output('uint8', [2, 2], Uint8Array.of(1, 2, 4, 3)), 1, false);
  assert.deepEqual(classes, { shape: [1], labels: ['4:2'] });
});

test('an item is all behind the batch', () => {
  const classes = classify(output('uint8', [1, 2, 2], Uint8Array.of(1, 2, 4, 3)), 2, true);
  assert.deepEqual(classes, { shape: [1, 2], labels: ['4:2', '3:3'] });
});

test('ties go by index, NaN goes last, halves are numbers, large ones have all digits', () => {
  assert.deepEqual(classify(output('float16', [1, 3], Float16Array.of(1, Number.NaN, 1)), 3, true).labels, [
    '1.000000:0',
    '1.000000:2',
    'nan:1',
  ]);
  assert.deepEqual(
    classify(output('float64', [1, 2], Float64Array.of(-1e22, Number.POSITIVE_INFINITY)), 2, true).labels,
    ['inf:1', '-10000000000000000000000.000000:0'],
  );
});

test('no items, no classes', () => {
  assert.deepEqual(classify(output('uint8', [0, 2], Uint8Array.of()), 2, true), {
    shape: [0, 0],
    labels: [],
  });
});

test('tensors without numbers have no classes', () => {
  assert.throws(() => classify(output('bool', [1, 1], Uint8Array.of(1)), 1, true), {
    code: 'request-invalid',
    message: /unsupported type 'BOOL'/,
  });
});
