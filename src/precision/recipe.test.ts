import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeEngine } from '../engine/index.ts';
import type { ThinferError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import { makeRecipe, recipeHash } from './recipe.ts';
import { requirements } from './requirements.ts';
import type { Quantization, QuantizeOptions } from './types.ts';

const model: Model = {
  name: 'text',
  file: '/models/text.onnx',
  contentHash: 'a1',
  opset: 17,
  parameters: 1,
  bytes: 4,
  inputs: [{ name: 'ids', type: 'int64', shape: ['batch', 'sequence'] }],
  outputs: [],
  batchDim: 'batch',
  fixedBatch: 1,
  freeDims: ['sequence'],
  defaultDims: { sequence: 128 },
  ranges: {},
};

const hash = (precision: Quantization, options: QuantizeOptions = {}, of: Model = model): string =>
  recipeHash(makeRecipe(of, precision, options));

describe('the address of a derived model', () => {
  it('changes with all that decides it', () => {
    const hashes = [
      hash('int8-dynamic'),
      hash('int8-dynamic', { reduceRange: true }),
      hash('int8-dynamic', { perChannel: false }),
      hash('int8-dynamic', {}, { ...model, contentHash: 'b2' }),
      hash('int8-calibrated'),
      hash('int8-calibrated', { dims: { sequence: 64 } }),
      hash('int8-calibrated', { samples: 8 }),
      hash('int4-weights'),
      hash('int4-weights', { blockSize: 64 }),
      hash('int4-weights', { accuracyLevel: 1 }),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('stays with what does not: options of other precisions, defaults that are given', () => {
    assert.equal(
      hash('int8-dynamic', { dims: { sequence: 64 }, samples: 8, blockSize: 64 }),
      hash('int8-dynamic'),
    );
    assert.equal(hash('int8-calibrated', { dims: { sequence: 128 } }), hash('int8-calibrated'));
    assert.equal(hash('int4-weights', { blockSize: 32, reduceRange: true }), hash('int4-weights'));
    assert.equal(hash('int8-dynamic', {}, { ...model, file: '/elsewhere.onnx' }), hash('int8-dynamic'));
  });

  it('refuses options out of range, all at once', () => {
    assert.throws(
      () => hash('int4-weights', { samples: 0, blockSize: 31, accuracyLevel: 2 }),
      (error: ThinferError) => error.code === 'usage' && error.message.split('\n').length === 3,
    );
    assert.throws(() => hash('int8-calibrated', {}, { ...model, defaultDims: {} }), {
      code: 'shape-invalid',
    });
  });
});

it("is made by tools of the engine's own version", () => {
  assert.equal(requirements[0], `onnxruntime==${describeEngine('onnxruntime').version}`);
});
