import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThinferError } from '../errors.ts';
import { bytesPerElement } from './element-size.ts';
import { fillInput } from './fill-input.ts';
import type { InputRange, Model, ResolvedTensor, TensorType } from './types.ts';

function modelWith(range?: InputRange): Model {
  return {
    name: 'test',
    file: '/models/test.onnx',
    contentHash: '',
    opset: 17,
    parameters: 0,
    bytes: 0,
    inputs: [],
    outputs: [],
    batchDim: 'batch',
    fixedBatch: 1,
    freeDims: [],
    defaultDims: {},
    ranges: range === undefined ? {} : { x: range },
  };
}

function tensorOf(type: TensorType, count: number): ResolvedTensor {
  return { name: 'x', type, shape: [count], bytes: count * bytesPerElement(type) };
}

function filled(type: TensorType, count: number, range?: InputRange, seed = 1): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(count * bytesPerElement(type));
  fillInput(modelWith(range), tensorOf(type, count), target, seed);
  return target;
}

test('floats of every width are standard normal', () => {
  const readers: Partial<Record<TensorType, (bytes: ArrayBuffer) => number[]>> = {
    float32: (bytes) => [...new Float32Array(bytes)],
    float16: (bytes) => [...new Float16Array(bytes)],
    float64: (bytes) => [...new Float64Array(bytes)],
    bfloat16: (bytes) => [
      ...new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer),
    ],
  };
  for (const [type, read] of Object.entries(readers)) {
    const values = read(filled(type as TensorType, 20_000).buffer);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 0.04 && Math.abs(variance - 1) < 0.06, `${type} ${mean} ${variance}`);
  }
});

test('integers keep their range, negative ones too', () => {
  const range = { low: -3, high: 4 };
  const kinds = [
    new Int8Array(filled('int8', 1000, range).buffer),
    new Int16Array(filled('int16', 1000, range).buffer),
    new Int32Array(filled('int32', 1000, range).buffer),
    Array.from(new BigInt64Array(filled('int64', 1000, range).buffer), Number),
  ];
  for (const values of kinds)
    assert.deepEqual(
      [...new Set(values)].sort((a, b) => a - b),
      [-3, -2, -1, 0, 1, 2, 3],
    );
  assert.deepEqual([...new Set(filled('bool', 100))].sort(), [0, 1]);
});

test('the same seed gives the same bytes, and a larger batch begins with the smaller one', () => {
  assert.deepEqual(filled('float32', 64), filled('float32', 64));
  assert.notDeepEqual(filled('float32', 64, undefined, 2), filled('float32', 64));
  assert.deepEqual(filled('float32', 64).subarray(0, 128), filled('float32', 32));
});

test('a target at an odd address gets the same values', () => {
  const target = new Uint8Array(33).subarray(1);
  fillInput(modelWith(), tensorOf('float32', 8), target, 1);
  assert.deepEqual(new Uint8Array(target), filled('float32', 8));
});

test('strings are refused', () => {
  const strings: ResolvedTensor = { name: 'x', type: 'string', shape: [1], bytes: 0 };
  assert.throws(
    () => fillInput(modelWith(), strings, new Uint8Array(), 1),
    (error) => error instanceof ThinferError && error.code === 'shape-invalid',
  );
});
