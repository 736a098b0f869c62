import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelCost } from '../types.ts';
import { GraphBuilder } from '../zoo/graph-builder.ts';
import { costOf } from './model-cost.ts';
import { traceGraph } from './trace-graph.ts';
import { makeValue, type Value } from './value.ts';

const quantities = (names: string): Record<string, Value> =>
  Object.fromEntries(
    names.split(' ').map((name) => [name, makeValue([], name.endsWith('z') ? 'uint8' : 'float32')]),
  );

/** The cost of one node and the shape of its result, with inputs of these shapes and types. */
function cost(
  operator: string,
  inputs: Readonly<Record<string, Value>>,
  attributes: Readonly<Record<string, number>> = {},
  order = Object.keys(inputs),
): { cost: ModelCost; output: Value | undefined } {
  const graph = new GraphBuilder('test');
  const output = graph.op(operator, order, attributes);
  const traced = traceGraph(graph.build().proto.graph!, new Map(Object.entries(inputs)), 17);
  return { cost: costOf(traced), output: traced.values.get(output) };
}

const x = makeValue([2, 16, 64], 'float32');
const x8 = makeValue([2, 16, 64], 'uint8');
const w8 = makeValue([64, 48], 'int8');
const product = 2 * 64 * (2 * 16 * 48);

describe('quantized products', () => {
  for (const [operator, inputs, order, flops] of [
    ['MatMulInteger', { x: x8, w: w8, ...quantities('xz wz') }, ['x', 'w', 'xz', 'wz'], product],
    ['DynamicQuantizeMatMul', { x, w: w8, ...quantities('ws wz') }, ['x', 'w', 'ws', 'wz'], product],
    [
      'DynamicQuantizeMatMul',
      { x, w: w8, bias: makeValue([48], 'float32'), ...quantities('ws wz') },
      ['x', 'w', 'ws', 'wz', 'bias'],
      product + 2 * 16 * 48,
    ],
    [
      'MatMulIntegerToFloat',
      { x: x8, w: w8, ...quantities('xs ws xz wz') },
      ['x', 'w', 'xs', 'ws', 'xz', 'wz'],
      product,
    ],
    [
      'QLinearMatMul',
      { x: x8, w: w8, ...quantities('xs xz ws wz ys yz') },
      ['x', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz'],
      product,
    ],
  ] as const)
    it(`${operator} of ${order.length} inputs does the work of the one in float`, () => {
      const { cost: found, output } = cost(operator, inputs, {}, [...order]);
      assert.deepEqual(output?.shape, [2, 16, 48]);
      assert.equal(found.flops, flops);
      assert.deepEqual(found.unknown, []);
    });

  it('MatMulNBits takes its sizes from its attributes', () => {
    const packed = makeValue([48, 2, 16], 'uint8');
    const inputs = { x, packed, scales: makeValue([96], 'float32') };
    const { cost: found, output } = cost('MatMulNBits', inputs, { K: 64, N: 48, bits: 4, block_size: 32 });
    assert.deepEqual(output?.shape, [2, 16, 48]);
    assert.equal(found.flops, product);
    assert.equal(found.bytes, 4 * (2 * 16 * 64 + 2 * 16 * 48 + 96) + 48 * 2 * 16);
  });

  it('QGemm, QLinearAdd and pooling are followed', () => {
    const rows = makeValue([8, 64], 'uint8');
    const scales = quantities('as az ws wz');
    const gemm = cost('QGemm', { a: rows, w: w8, ...scales }, {}, ['a', 'as', 'az', 'w', 'ws', 'wz']);
    assert.deepEqual(gemm.output, makeValue([8, 48], 'float32'));
    assert.equal(gemm.cost.flops, 2 * 64 * 8 * 48);
    const sum = cost('QLinearAdd', { a: rows, b: rows, ...quantities('as az bs bz') }, {}, [
      'a',
      'as',
      'az',
      'b',
      'bs',
      'bz',
    ]);
    assert.deepEqual(sum.output, rows);
    assert.equal(sum.cost.flops, 8 * 64);
    const picture = makeValue([1, 8, 4, 4], 'uint8');
    const pool = cost('QLinearGlobalAveragePool', { p: picture, ...quantities('ps pz') });
    assert.deepEqual(pool.output?.shape, [1, 8, 1, 1]);
    assert.equal(pool.cost.flops, 8 * 16);
  });

  it('changing formats is no work', () => {
    for (const operator of ['DynamicQuantizeLinear', 'QuantizeLinear']) {
      const { cost: found, output } = cost(operator, { x });
      assert.deepEqual(output, makeValue([2, 16, 64], 'uint8'));
      assert.equal(found.flops, 0);
      assert.deepEqual(found.unknown, []);
    }
  });
});
