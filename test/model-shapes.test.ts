import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { traceGraph } from '../src/model/cost/trace-graph.ts';
import { makeValue } from '../src/model/cost/value.ts';
import { ValueInfoProtoSchema } from '../src/model/generated/onnx_pb.ts';
import { GraphBuilder } from '../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../src/model/zoo/weight-source.ts';
import { writeModel } from '../src/model/zoo/write-model.ts';

/** Shapes and folded values against ONNX Runtime, which computes them for real. */

const root = await mkdtemp(join(tmpdir(), 'thinfer-shapes-'));
after(() => rm(root, { recursive: true, force: true }));

type Build = (graph: GraphBuilder, x: string) => void;

const weight = (graph: GraphBuilder, name: string, ...shape: number[]): string =>
  graph.weight(name, shape, { kind: 'normal', deviation: 1 });

const windows: Build = (graph, x) => {
  const filter = weight(graph, 'filter', 4, 2, 3, 3);
  graph.op('Conv', [x, filter], { group: 2, strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2] });
  graph.op('Conv', [x, filter], { group: 2, auto_pad: 'SAME_UPPER', strides: [2, 2] });
  graph.op('Conv', [x, filter], { group: 2, auto_pad: 'VALID' });
  const back = weight(graph, 'back', 4, 3, 3, 3);
  graph.op('ConvTranspose', [x, back], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] });
  graph.op('ConvTranspose', [x, back], { group: 2, strides: [3, 1] });
  for (const ceil_mode of [0, 1])
    graph.op('MaxPool', [x], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode, pads: [1, 0, 1, 0] });
  graph.op('AveragePool', [x], { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER', strides: [2, 2] });
  graph.op('GlobalAveragePool', [x]);
  graph.op('GlobalMaxPool', [x]);
};

const layouts: Build = (graph, x) => {
  const list = (...values: number[]): string => graph.integers(values);
  graph.op('Slice', [x, list(-1, 1), list(-100, 3), list(3, 2), list(-2, 1)]);
  graph.op('Slice', [x, list(0), list(Number.MAX_SAFE_INTEGER), list(1), list(3)]);
  graph.op('Slice', [graph.op('Shape', [x]), list(3), list(-10), list(0), list(-1)]);
  graph.op('Shape', [x], { start: 1, end: -1 });
  graph.op('Size', [x]);
  graph.op('Pad', [x, list(0, 1, 2, 3, 0, 0, -1, 1), graph.floats(0)]);
  graph.ops('Split', [x, list(1, 4, 2)], { axis: 2 }, 3);
  graph.ops('Split', [x], { axis: 1 }, 2);
  graph.op('Tile', [x, list(1, 2, 1, 3)]);
  graph.op('Transpose', [x]);
  graph.op('Transpose', [x], { perm: [0, 2, 3, 1] });
  graph.op('Flatten', [x], { axis: -2 });
  graph.op('Reshape', [x, list(0, -1, 2)]);
  graph.op('Squeeze', [graph.op('Unsqueeze', [x, list(-1, 0)]), list(0)]);
  graph.op('Squeeze', [graph.op('GlobalAveragePool', [x])]);
  graph.op('Expand', [graph.op('ReduceMean', [x], { axes: [1], keepdims: 1 }), list(1, 5, 1, 1)]);
  graph.op('Gather', [x, graph.integers([0, -1, 1, 0], [2, 2])], { axis: 1 });
  graph.op('GatherElements', [x, graph.integers([0, 1], [1, 1, 2, 1])], { axis: 2 });
  graph.op('GatherND', [x, graph.integers([0, 1, 1, 0], [2, 2])]);
  graph.op('DepthToSpace', [x], { blocksize: 2 });
  graph.op('Resize', [x, '', graph.floats([1, 1, 2.5, 0.5])], { mode: 'nearest' });
  graph.op('Resize', [x, '', '', list(2, 4, 9, 3)], { mode: 'linear' });
  graph.op('Concat', [x, x, x], { axis: -1 });
  graph.op('OneHot', [list(1, 0, 2), graph.integers(5), graph.floats([0, 1])], { axis: 0 });
  graph.ops('TopK', [x, list(3)], { axis: -2 }, 2);
};

const arithmetic: Build = (graph, x) => {
  const sizes = graph.op('Shape', [x]);
  const [two, three] = [graph.integers(2), graph.integers([3, -7, 5, 11])];
  for (const type of ['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Max', 'Min']) graph.op(type, [sizes, three]);
  for (const type of ['Equal', 'Less', 'GreaterOrEqual']) graph.op(type, [sizes, two]);
  const even = graph.op('Equal', [graph.op('Mod', [sizes, two]), graph.integers(0)]);
  graph.op('Where', [graph.op('Not', [even]), sizes, graph.op('Neg', [sizes])]);
  graph.op('Cast', [graph.op('Div', [graph.op('Cast', [sizes], { to: 1 }), graph.floats(2)])], { to: 7 });
  graph.op('Range', [graph.integers(10), graph.integers(-3), graph.integers(-4)]);
  graph.op('ConstantOfShape', [graph.integers([2, 3])], { value: { type: 'int64', item: 4 } });
  graph.op('ReduceSum', [x, graph.integers([1, -1])], { keepdims: 0 });
  graph.op('ReduceMax', [x], { keepdims: 0 });
  graph.op('ArgMax', [x], { axis: 1, keepdims: 0 });
  graph.op('Softmax', [x], { axis: 1 });
  graph.op('PRelu', [x, weight(graph, 'slope', 4, 1, 1)]);
  graph.op('Clip', [x, graph.floats(0), graph.floats(6)]);
};

const products: Build = (graph, x) => {
  graph.op('MatMul', [x, weight(graph, 'matrix', 6, 5)]);
  graph.op('MatMul', [x, weight(graph, 'vector', 6)]);
  graph.op('MatMul', [x, weight(graph, 'stack', 4, 6, 3)]);
  const flat = graph.op('Flatten', [x], { axis: 3 });
  graph.op('Gemm', [flat, weight(graph, 'across', 9, 6), weight(graph, 'bias', 9)], { transB: 1 });
  graph.op('Gemm', [weight(graph, 'down', 6, 9), flat], { transA: 1, transB: 1 });
  graph.op('Einsum', [x, weight(graph, 'heads', 4, 6, 2)], { equation: 'bhsd,hde->bseh' });
  const steps = graph.op('Reshape', [x, graph.integers([7, 8, 6])]);
  const [w, r] = [weight(graph, 'w', 1, 20, 6), weight(graph, 'r', 1, 20, 5)];
  graph.ops('LSTM', [steps, w, r], { hidden_size: 5 }, 3);
};

for (const [name, build] of Object.entries({ windows, layouts, arithmetic, products }))
  test(`${name}: shapes and folded values are ONNX Runtime's`, async () => {
    const shape = [2, 4, 7, 6];
    const builder = new GraphBuilder(name);
    build(builder, builder.input('x', 'float32', shape));
    const built = builder.build();
    const graph = built.proto.graph!;
    const made = graph.node.flatMap(({ output }) => output);
    graph.output = made.map((output) => create(ValueInfoProtoSchema, { name: output }));
    await writeModel(root, name, built, seededWeights());
    const session = await InferenceSession.create(join(root, `${name}.onnx`), {
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
    });
    const values = new Float32Array(2 * 4 * 7 * 6).map((_, index) => Math.sin(index));
    const answer = await session.run({ x: new Tensor('float32', values, shape) });
    const traced = traceGraph(graph, new Map([['x', makeValue(shape, 'float32')]]), 17);
    for (const output of made) {
      const [expected, value] = [answer[output]!, traced.values.get(output)];
      assert.deepEqual(value?.shape, expected.dims, output);
      assert.equal(value?.type, expected.type, output);
      if (value?.data !== undefined)
        assert.deepEqual(
          value.data.map((item) => item + 0),
          Array.from(expected.data as never, Number),
          output,
        );
    }
    await session.release();
  });
