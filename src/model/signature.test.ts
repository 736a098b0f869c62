import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSignature, type Signature } from './signature.ts';
import type { Dim } from './types.ts';
import { GraphBuilder } from './zoo/graph-builder.ts';

function signatureOf(inputs: Record<string, readonly Dim[]>): Signature {
  const graph = new GraphBuilder('test');
  for (const [name, shape] of Object.entries(inputs)) graph.input(name, 'float32', shape);
  const { proto } = graph.build();
  return readSignature({ file: '/models/test.onnx', proto, graph: proto.graph!, opset: 17 });
}

test('a first dimension called batch is the batch', () => {
  for (const name of ['batch', 'batch_size', 'N', 'bs', 'Batch-Size', 'dynamic_batch']) {
    const { batchDim, freeDims } = signatureOf({ x: [name, 3, 'height', 'width'] });
    assert.equal(batchDim, name);
    assert.deepEqual(freeDims, ['height', 'width']);
  }
});

test('otherwise it is the first dimension that all inputs share', () => {
  assert.equal(signatureOf({ x: ['items', 3], y: ['items', 5] }).batchDim, 'items');
  assert.equal(signatureOf({ x: ['items', 3], y: ['others', 5] }).batchDim, null);
  assert.equal(signatureOf({ x: ['items', 3], y: [] }).batchDim, 'items');
});

test('a batch elsewhere than in front is a free dimension, and so is what stands in front', () => {
  const { batchDim, freeDims } = signatureOf({ x: ['sequence', 'batch', 8] });
  assert.equal(batchDim, null);
  assert.deepEqual(freeDims, ['sequence', 'batch']);
});

test('nameless dimensions are named, and nameless first ones are one batch', () => {
  const { inputs, batchDim, freeDims } = signatureOf({ x: ['', ''], y: [-1, 4], z: [''] });
  assert.deepEqual(
    inputs.map(({ shape }) => shape),
    [['x_dim0', 'x_dim1'], ['x_dim0', 4], ['x_dim0']],
  );
  assert.equal(batchDim, 'x_dim0');
  assert.deepEqual(freeDims, ['x_dim1']);
});

test('a fixed batch is read off', () => {
  const { batchDim, fixedBatch } = signatureOf({ x: [4, 3, 'height'], scale: [1] });
  assert.equal(batchDim, null);
  assert.equal(fixedBatch, 4);
});
