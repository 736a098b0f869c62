import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findInputRanges } from './input-ranges.ts';
import type { TensorSpec } from './types.ts';
import { GraphBuilder } from './zoo/graph-builder.ts';
import { zooModel } from './zoo/zoo.ts';

const shape = ['batch', 'sequence'];

test('token ids lie within the vocabulary, types within theirs, masks are ones', () => {
  const graph = zooModel('bert-base-cased').build().proto.graph!;
  const inputs = ['input_ids', 'attention_mask', 'token_type_ids'].map(
    (name): TensorSpec => ({ name, type: 'int64', shape }),
  );
  assert.deepEqual(findInputRanges(graph, inputs), {
    input_ids: { low: 0, high: 28_996 },
    attention_mask: { low: 1, high: 2 },
    token_type_ids: { low: 0, high: 2 },
  });
});

test('the vocabulary is found through casts and reshapes, a mask by its shape', () => {
  const graph = new GraphBuilder('test');
  const inputs = ['first', 'second'].map((name): TensorSpec => ({ name, type: 'int32', shape }));
  for (const { name } of inputs) graph.input(name, 'int32', shape);
  const ids = graph.op('Reshape', [graph.op('Cast', ['first'], { to: 7 }), graph.integers([-1])]);
  const table = graph.weight('table', [77, 4], { kind: 'normal', deviation: 1 });
  graph.op('Gather', [graph.op('Identity', [table]), ids]);
  assert.deepEqual(findInputRanges(graph.build().proto.graph!, inputs), {
    first: { low: 0, high: 77 },
    second: { low: 1, high: 2 },
  });
});

test('other integers are small, bytes take their whole range', () => {
  const inputs: TensorSpec[] = [
    { name: 'pixels', type: 'uint8', shape: ['batch', 3, 8, 8] },
    { name: 'count', type: 'int32', shape: ['batch'] },
    { name: 'floats', type: 'float32', shape: ['batch'] },
  ];
  assert.deepEqual(findInputRanges(new GraphBuilder('test').build().proto.graph!, inputs), {
    pixels: { low: 0, high: 256 },
    count: { low: 0, high: 2 },
  });
});
