import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Operators } from './optimized-graph.ts';
import { couldBeInt4, proveOptimization, provePrecision } from './prove-setting.ts';

const graph = (operators: Readonly<Record<string, number>>): Operators => new Map(Object.entries(operators));

describe('provePrecision', () => {
  it('takes integer operators for int8, and tells what stays in float', () => {
    const operators = graph({
      DynamicQuantizeMatMul: 36,
      MatMulIntegerToFloat: 37,
      FusedMatMul: 12,
      MatMul: 12,
      Add: 9,
    });
    assert.deepEqual(provePrecision('int8-dynamic', operators), {
      state: 'proven',
      asked: 'int8 dynamic',
      provenBy: [
        '37 MatMulIntegerToFloat, 36 DynamicQuantizeMatMul',
        'still in another precision: 12 MatMul, 12 FusedMatMul',
      ],
    });
    const calibrated = graph({ QLinearConv: 53, QGemm: 1 });
    assert.equal(provePrecision('int8-calibrated', calibrated).state, 'proven');
  });

  it('fails where no such operator is there: quantized pairs around products in float are none', () => {
    const operators = graph({ QuantizeLinear: 74, DequantizeLinear: 198, Conv: 53, Gemm: 1 });
    assert.deepEqual(provePrecision('int8-calibrated', operators), {
      state: 'failed',
      asked: 'int8 calibrated',
      why: 'asked for int8 calibrated, and no integer operator is in the optimized graph',
    });
    const four = provePrecision('int4-weights', graph({ MatMul: 3, QLinearMatMul: 4 }));
    assert.match(four.state === 'failed' ? four.why : '', /no operator on 4-bit weights/);
  });

  it('fails where most of the model is in another precision', () => {
    const proof = provePrecision('int4-weights', graph({ MatMulNBits: 1, 'nchwc:Conv': 53 }));
    assert.match(
      proof.state === 'failed' ? proof.why : '',
      /only 1 of 54 products and convolutions are \(1 MatMulNBits\); the others are 53 nchwc:Conv/,
    );
    assert.equal(provePrecision('int4-weights', graph({ MatMulNBits: 5, MatMul: 5 })).state, 'proven');
  });

  it('tells what a model as it is computes in', () => {
    assert.deepEqual(provePrecision('fp32', graph({ MatMul: 2, Relu: 1 })), {
      state: 'proven',
      asked: 'as in the file',
      provenBy: ['2 MatMul'],
    });
    assert.equal(provePrecision('fp32', graph({ Relu: 1 })).state, 'requested');
  });
});

describe('couldBeInt4', () => {
  it('wants products of matrices to be the most', () => {
    assert.ok(couldBeInt4(graph({ MatMul: 96, Gemm: 1 })));
    assert.ok(!couldBeInt4(graph({ Conv: 53, Gemm: 1 })));
    assert.ok(!couldBeInt4(graph({ Relu: 3 })));
  });
});

describe('proveOptimization', () => {
  const file = graph({ Conv: 2, BatchNormalization: 2, Relu: 2 });
  const basic = graph({ Conv: 2, Relu: 2 });

  it('is the difference from the level below', () => {
    assert.deepEqual(proveOptimization('extended', graph({ FusedConv: 2 }), basic), {
      state: 'proven',
      asked: 'graph optimization extended',
      provenBy: ['beside level basic: Conv 2 → 0, FusedConv 0 → 2, Relu 2 → 0'],
    });
  });

  it('can only be requested where a level finds nothing to do', () => {
    assert.deepEqual(proveOptimization('all', basic, basic), {
      state: 'requested',
      asked: 'graph optimization all',
      why: 'it finds nothing to do: the graph is that of level extended',
    });
  });

  it('of none is the graph of the file, whatever formats the engine puts in', () => {
    assert.equal(proveOptimization('disabled', file, file).state, 'proven');
    const cast = graph({ ...Object.fromEntries(file), Cast: 4, DequantizeLinear: 3 });
    assert.equal(proveOptimization('disabled', cast, file).state, 'proven');
    const proof = proveOptimization('disabled', basic, file);
    assert.match(proof.state === 'failed' ? proof.why : '', /BatchNormalization 2 → 0/);
  });
});
