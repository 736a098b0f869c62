import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { precisionSupport } from './precision-support.ts';
import { precisions } from './types.ts';

const place = { engine: 'onnxruntime', architecture: 'x64', isa: ['avx2'] } as const;

const whyNot = (...args: Parameters<typeof precisionSupport>): string => {
  const support = precisionSupport(...args);
  return support.possible ? '' : support.why;
};

describe('precisionSupport', () => {
  it('lets quantized precisions run, and tells CPUs whose int8 products overflow', () => {
    const possible = precisions.filter((precision) => precisionSupport(precision, place).possible);
    assert.deepEqual(possible, ['fp32', 'int8-dynamic', 'int8-calibrated', 'int4-weights']);
    const noteOn = (isa: readonly string[]) => {
      const support = precisionSupport('int8-dynamic', { ...place, isa });
      return support.possible ? support.note : null;
    };
    assert.match(noteOn(['avx2']) ?? '', /no VNNI/);
    assert.equal(noteOn(['avx2', 'avx512f', 'avx512_vnni']), null);
    assert.equal(noteOn(['asimd', 'asimddp']), null);
  });

  it('says why half precisions are not', () => {
    assert.match(
      whyNot('fp16', place),
      /no matrix product or convolution in float16 on x64: it casts to float32/,
    );
    assert.match(whyNot('bf16', place), /no matrix product or convolution in bfloat16 on x64/);
    assert.match(whyNot('bf16', { ...place, architecture: 'arm64' }), /only as a mode of its float32 ones/);
  });

  it('knows the levels that calibrated models need', () => {
    for (const optimization of ['disabled', 'basic'] as const)
      assert.match(whyNot('int8-calibrated', { ...place, optimization }), /come with level extended/);
    assert.equal(whyNot('int8-dynamic', { ...place, optimization: 'disabled' }), '');
  });

  it('knows models that have no products of matrices, and engines that compute nothing', () => {
    const operators = new Map([
      ['Conv', 53],
      ['Gemm', 1],
    ]);
    assert.match(whyNot('int4-weights', { ...place, operators }), /products of matrices/);
    assert.equal(whyNot('int8-dynamic', { ...place, operators }), '');
    const quantized = new Map([['ConvInteger', 2]]);
    assert.match(whyNot('int8-dynamic', { ...place, operators: quantized }), /quantized already/);
    assert.match(whyNot('int8-dynamic', { ...place, engine: 'null:delay=1' }), /reads no weights/);
  });
});
