import { type BuiltGraph, GraphBuilder } from './graph-builder.ts';
import { convNorm, linearGemm } from './layers.ts';

/** One convolution of a branch: name, channels out, kernel, and what differs from stride 1 without padding. */
interface Step {
  readonly name: string;
  readonly to: number;
  readonly kernel: readonly [number, number];
  readonly stride?: number;
  readonly padding?: readonly [number, number];
}

/** A value and its channels. */
interface Value {
  readonly x: string;
  readonly channels: number;
}

const square = (name: string, to: number, size: number, padding = 0, stride = 1): Step => ({
  name,
  to,
  kernel: [size, size],
  padding: [padding, padding],
  stride,
});
/** 1×n, padded to keep its size. */
const row = (name: string, to: number, size: number): Step => ({
  name,
  to,
  kernel: [1, size],
  padding: [0, (size - 1) / 2],
});
/** n×1, padded to keep its size. */
const column = (name: string, to: number, size: number): Step => ({
  name,
  to,
  kernel: [size, 1],
  padding: [(size - 1) / 2, 0],
});

/**
 * Inception-v3 (Szegedy et al. 2016) without auxiliary head, as torchvision has it: float32 [batch, 3, 299, 299] → [batch, 1000].
 */
export function buildInceptionV3(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  let value: Value = { x: graph.input('input', 'float32', ['batch', 3, 299, 299]), channels: 3 };
  value = chain(graph, '', value, [
    square('Conv2d_1a_3x3', 32, 3, 0, 2),
    square('Conv2d_2a_3x3', 32, 3),
    square('Conv2d_2b_3x3', 64, 3, 1),
  ]);
  value = chain(graph, '', maxPool(graph, value), [
    square('Conv2d_3b_1x1', 80, 1),
    square('Conv2d_4a_3x3', 192, 3),
  ]);
  value = maxPool(graph, value);
  for (const [key, pool] of Object.entries({ Mixed_5b: 32, Mixed_5c: 64, Mixed_5d: 64 }))
    value = blockA(graph, key, value, pool);
  value = blockB(graph, 'Mixed_6a', value);
  for (const [key, width] of Object.entries({ Mixed_6b: 128, Mixed_6c: 160, Mixed_6d: 160, Mixed_6e: 192 }))
    value = blockC(graph, key, value, width);
  value = blockD(graph, 'Mixed_7a', value);
  for (const key of ['Mixed_7b', 'Mixed_7c']) value = blockE(graph, key, value);
  const pooled = graph.op('Flatten', [graph.op('GlobalAveragePool', [value.x])], { axis: 1 });
  const logits = linearGemm(graph, pooled, 'fc', value.channels, 1000);
  graph.output('output', logits, 'float32', ['batch', 1000]);
  return graph.build();
}

function chain(graph: GraphBuilder, prefix: string, from: Value, steps: readonly Step[]): Value {
  return steps.reduce<Value>(({ x, channels }, { name, to, ...rest }) => {
    const key = `${prefix}${name}`;
    const y = convNorm(graph, x, {
      conv: `${key}.conv`,
      norm: `${key}.bn`,
      from: channels,
      to,
      epsilon: 0.001,
      ...rest,
    });
    return { x: graph.op('Relu', [y]), channels: to };
  }, from);
}

function maxPool(graph: GraphBuilder, { x, channels }: Value): Value {
  const pooled = graph.op('MaxPool', [x], {
    ceil_mode: 0,
    dilations: [1, 1],
    kernel_shape: [3, 3],
    pads: [0, 0, 0, 0],
    strides: [2, 2],
  });
  return { x: pooled, channels };
}

function averagePool(graph: GraphBuilder, { x, channels }: Value): Value {
  const pooled = graph.op('AveragePool', [x], {
    ceil_mode: 0,
    count_include_pad: 1,
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
    strides: [1, 1],
  });
  return { x: pooled, channels };
}

function concat(graph: GraphBuilder, values: readonly Value[]): Value {
  return {
    x: graph.op(
      'Concat',
      values.map(({ x }) => x),
      { axis: 1 },
    ),
    channels: values.reduce((sum, { channels }) => sum + channels, 0),
  };
}

function blockA(graph: GraphBuilder, key: string, value: Value, pool: number): Value {
  const branch = (from: Value, ...steps: Step[]): Value => chain(graph, `${key}.`, from, steps);
  return concat(graph, [
    branch(value, square('branch1x1', 64, 1)),
    branch(value, square('branch5x5_1', 48, 1), square('branch5x5_2', 64, 5, 2)),
    branch(
      value,
      square('branch3x3dbl_1', 64, 1),
      square('branch3x3dbl_2', 96, 3, 1),
      square('branch3x3dbl_3', 96, 3, 1),
    ),
    branch(averagePool(graph, value), square('branch_pool', pool, 1)),
  ]);
}

function blockB(graph: GraphBuilder, key: string, value: Value): Value {
  const branch = (...steps: Step[]): Value => chain(graph, `${key}.`, value, steps);
  return concat(graph, [
    branch(square('branch3x3', 384, 3, 0, 2)),
    branch(
      square('branch3x3dbl_1', 64, 1),
      square('branch3x3dbl_2', 96, 3, 1),
      square('branch3x3dbl_3', 96, 3, 0, 2),
    ),
    maxPool(graph, value),
  ]);
}

function blockC(graph: GraphBuilder, key: string, value: Value, width: number): Value {
  const branch = (from: Value, ...steps: Step[]): Value => chain(graph, `${key}.`, from, steps);
  return concat(graph, [
    branch(value, square('branch1x1', 192, 1)),
    branch(
      value,
      square('branch7x7_1', width, 1),
      row('branch7x7_2', width, 7),
      column('branch7x7_3', 192, 7),
    ),
    branch(
      value,
      square('branch7x7dbl_1', width, 1),
      column('branch7x7dbl_2', width, 7),
      row('branch7x7dbl_3', width, 7),
      column('branch7x7dbl_4', width, 7),
      row('branch7x7dbl_5', 192, 7),
    ),
    branch(averagePool(graph, value), square('branch_pool', 192, 1)),
  ]);
}

function blockD(graph: GraphBuilder, key: string, value: Value): Value {
  const branch = (...steps: Step[]): Value => chain(graph, `${key}.`, value, steps);
  return concat(graph, [
    branch(square('branch3x3_1', 192, 1), square('branch3x3_2', 320, 3, 0, 2)),
    branch(
      square('branch7x7x3_1', 192, 1),
      row('branch7x7x3_2', 192, 7),
      column('branch7x7x3_3', 192, 7),
      square('branch7x7x3_4', 192, 3, 0, 2),
    ),
    maxPool(graph, value),
  ]);
}

function blockE(graph: GraphBuilder, key: string, value: Value): Value {
  const branch = (from: Value, ...steps: Step[]): Value => chain(graph, `${key}.`, from, steps);
  const fork = (from: Value, name: string): [Value, Value] => [
    branch(from, row(`${name}a`, 384, 3)),
    branch(from, column(`${name}b`, 384, 3)),
  ];
  const double = branch(value, square('branch3x3dbl_1', 448, 1), square('branch3x3dbl_2', 384, 3, 1));
  // torchvision concatenates each fork first; PyTorch's exporter joins the nested concatenations.
  return concat(graph, [
    branch(value, square('branch1x1', 320, 1)),
    ...fork(branch(value, square('branch3x3_1', 384, 1)), 'branch3x3_2'),
    ...fork(double, 'branch3x3dbl_3'),
    branch(averagePool(graph, value), square('branch_pool', 192, 1)),
  ]);
}
