import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThinferError } from '../errors.ts';
import { resolveInputs, resolveOutputs } from './resolve-shapes.ts';
import type { Model } from './types.ts';

const image: Model = {
  name: 'resnet',
  file: '/models/resnet.onnx',
  contentHash: '',
  opset: 17,
  parameters: 0,
  bytes: 0,
  inputs: [{ name: 'data', type: 'float32', shape: ['batch', 3, 'height', 'width'] }],
  outputs: [
    { name: 'logits', type: 'float32', shape: ['batch', 1000] },
    { name: 'boxes', type: 'float32', shape: ['found', 4] },
    { name: 'rest', type: 'float32', shape: [], unranked: true },
  ],
  batchDim: 'batch',
  fixedBatch: 1,
  freeDims: ['height', 'width'],
  defaultDims: {},
  ranges: {},
};

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ThinferError);
    assert.equal(error.code, 'shape-invalid');
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

test('free dimensions take the values given', () => {
  const dims = { height: 32, width: 64 };
  assert.deepEqual(resolveInputs(image, { batch: 2, dims }), [
    { name: 'data', type: 'float32', shape: [2, 3, 32, 64], bytes: 2 * 3 * 32 * 64 * 4 },
  ]);
});

test('outputs are known as far as their names are', () => {
  const outputs = resolveOutputs(image, { batch: 2, dims: { height: 32, width: 64 } });
  assert.deepEqual(
    outputs.map(({ shape, bytes }) => [shape, bytes]),
    [
      [[2, 1000], 8000],
      [null, null],
      [null, null],
    ],
  );
});

test('every problem is named at once, with what to give', () => {
  assert.equal(
    messageOf(() => resolveInputs(image, { batch: 0, dims: { depth: 3, width: 1.5 } })),
    [
      'resnet.onnx: batch 0 is not a positive integer',
      'resnet.onnx: there is no free dimension "depth"; it has "batch", "height", "width"',
      'resnet.onnx: input "data" has a free dimension "height"; give --dim height=224',
      'resnet.onnx: dimension "width" is 1.5, not a positive integer',
    ].join('\n'),
  );
});

test('sizes must be positive integers', () => {
  for (const size of [0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.match(
      messageOf(() => resolveInputs(image, { batch: size, dims: { height: 1, width: 1 } })),
      /batch/,
    );
    assert.match(
      messageOf(() => resolveInputs(image, { batch: 1, dims: { height: size, width: 1 } })),
      /"height"/,
    );
  }
});

test('the batch may be repeated by name, but not contradicted', () => {
  const dims = { height: 1, width: 1 };
  assert.equal(resolveInputs(image, { batch: 2, dims: { ...dims, batch: 2 } })[0]?.shape[0], 2);
  assert.match(
    messageOf(() => resolveInputs(image, { batch: 2, dims: { ...dims, batch: 3 } })),
    /is the batch/,
  );
});

test('a fixed batch is kept', () => {
  const fixed: Model = {
    ...image,
    batchDim: null,
    fixedBatch: 4,
    freeDims: [],
    inputs: [{ name: 'data', type: 'uint8', shape: [4, 3] }],
  };
  assert.equal(resolveInputs(fixed, { batch: 4 })[0]?.bytes, 12);
  assert.match(
    messageOf(() => resolveInputs(fixed, { batch: 1 })),
    /fixed at 4/,
  );
});

test("the zoo's defaults stand in for what is not given", () => {
  const text: Model = { ...image, defaultDims: { height: 5, width: 6 } };
  assert.deepEqual(resolveInputs(text, { batch: 1, dims: { width: 7 } })[0]?.shape, [1, 3, 5, 7]);
});

test('a size beyond what the model has is refused', () => {
  const text: Model = { ...image, maxDims: { height: 512 } };
  assert.equal(resolveInputs(text, { batch: 1, dims: { height: 512, width: 1 } })[0]?.shape[2], 512);
  assert.match(
    messageOf(() => resolveInputs(text, { batch: 1, dims: { height: 513, width: 1 } })),
    /"height" is 513; the model has at most 512/,
  );
});
