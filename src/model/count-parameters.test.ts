import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countParameters } from './count-parameters.ts';
import { GraphBuilder, type WeightInit } from './zoo/graph-builder.ts';
import { listZoo } from './zoo/zoo.ts';

/** Counts of the published architectures, as torchvision and transformers give them. */
const published: Readonly<Record<string, number>> = {
  resnet50: 25_557_032,
  'inception-v3': 23_834_568,
  'bert-base-uncased': 109_482_240,
  'bert-base-cased': 108_310_272,
  'bert-large-uncased': 335_141_888,
  'bert-squad': 108_893_186,
  'bert-mrpc': 109_483_778,
  gpt2: 124_439_808,
};

test('the zoo has as many parameters as the published architectures', () => {
  const counts = Object.fromEntries(listZoo().map(({ name, parameters }) => [name, parameters]));
  for (const [name, parameters] of Object.entries(published)) assert.equal(counts[name], parameters, name);
});

const init: WeightInit = { kind: 'normal', deviation: 1 };

function countOf(build: (graph: GraphBuilder) => void): number {
  const graph = new GraphBuilder('test');
  graph.input('x', 'float32', ['batch', 4]);
  build(graph);
  return countParameters(graph.build().proto.graph!);
}

test('a weight used twice counts once', () => {
  const count = countOf((graph) => {
    const table = graph.weight('table', [4, 4], init);
    graph.op('MatMul', [graph.op('MatMul', ['x', table]), table]);
  });
  assert.equal(count, 16);
});

test('batch-norm statistics, scalars and limits do not count', () => {
  const count = countOf((graph) => {
    const vectors = ['scale', 'bias', 'mean', 'variance'].map((name) => graph.weight(name, [4], init));
    const y = graph.op('BatchNormalization', ['x', ...vectors]);
    graph.op('Clip', [graph.op('Mul', [y, graph.floats(2)]), graph.weight('limit', [1], init)]);
  });
  assert.equal(count, 8);
});

test('integers that only compute shapes do not count', () => {
  assert.equal(
    countOf((graph) => graph.op('Reshape', ['x', graph.integers([-1, 2])])),
    0,
  );
});
