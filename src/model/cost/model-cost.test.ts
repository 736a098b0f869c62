import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelCost } from '../types.ts';
import { GraphBuilder } from '../zoo/graph-builder.ts';
import { zooModel } from '../zoo/zoo.ts';
import { costOf } from './model-cost.ts';
import { traceGraph } from './trace-graph.ts';
import { makeValue } from './value.ts';

function zooCost(name: string, shapes: Record<string, readonly number[]>): ModelCost {
  const graph = zooModel(name).build().proto.graph!;
  const type = Object.keys(shapes).length > 1 ? 'int64' : 'float32';
  const inputs = Object.entries(shapes).map(([input, shape]) => [input, makeValue(shape, type)] as const);
  return costOf(traceGraph(graph, new Map(inputs), 17));
}

const tokens = (batch: number, sequence: number): Record<string, readonly number[]> => ({
  input_ids: [batch, sequence],
  attention_mask: [batch, sequence],
  token_type_ids: [batch, sequence],
});

test('ResNet-50 does 4.09 billion multiply-adds an image', () => {
  const { byOperator, flops, unknown } = zooCost('resnet50', { input: [1, 3, 224, 224] });
  const products = byOperator['Conv']!.flops + byOperator['Gemm']!.flops;
  assert.ok(Math.abs(products / 2 - 4.089e9) < 0.002e9, `${products}`);
  assert.ok(Math.abs(flops - 8.22e9) < 0.02e9, `${flops}`);
  assert.deepEqual(unknown, []);
  assert.equal(zooCost('resnet50', { input: [4, 3, 224, 224] }).flops, 4 * flops);
});

test("Inception-v3 does torchvision's 5.71 billion multiply-adds an image", () => {
  const { byOperator } = zooCost('inception-v3', { input: [1, 3, 299, 299] });
  assert.ok(Math.abs(byOperator['Conv']!.flops / 2 - 5.711e9) < 0.002e9);
});

test('BERT-base does 22.3 GFLOPs of products for 128 tokens', () => {
  const { byOperator, unknown } = zooCost('bert-base-uncased', tokens(1, 128));
  // Per layer: four projections and two of the inner width, then scores and mixing.
  const layer = 2 * 128 * (4 * 768 ** 2 + 2 * 768 * 3072) + 2 * 2 * 128 ** 2 * 768;
  assert.equal(byOperator['MatMul']!.flops, 12 * layer);
  assert.deepEqual(unknown, []);
});

test('weights are read once however large the batch', () => {
  const one = zooCost('tiny', { input: [1, 3, 8, 8] }).bytes;
  const two = zooCost('tiny', { input: [2, 3, 8, 8] }).bytes;
  const weights = 2 * one - two;
  assert.equal(weights, 4 * (1586 + 2 * (8 + 16)));
});

test('grouped and strided convolutions count the work of their filters', () => {
  const graph = new GraphBuilder('test');
  graph.input('x', 'float32', ['batch', 8, 16, 16]);
  const weight = graph.weight('w', [8, 2, 3, 3], { kind: 'normal', deviation: 1 });
  graph.op('Conv', ['x', weight], { group: 4, strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [3, 3] });
  const inputs = new Map([['x', makeValue([1, 8, 16, 16], 'float32')]]);
  const { flops } = costOf(traceGraph(graph.build().proto.graph!, inputs, 17));
  assert.equal(flops, 2 * (8 * 8 * 8) * (2 * 3 * 3));
});

test('operators that are not known are named', () => {
  const graph = new GraphBuilder('test');
  graph.input('x', 'float32', ['batch', 8]);
  graph.op('Relu', [graph.op('Frobnicate', ['x'])]);
  const inputs = new Map([['x', makeValue([1, 8], 'float32')]]);
  assert.deepEqual(costOf(traceGraph(graph.build().proto.graph!, inputs, 17)).unknown, [
    'Frobnicate',
    'Relu',
  ]);
});
