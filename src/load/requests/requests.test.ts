import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeInputs, payloadPicker } from './make-inputs.ts';
import { modelOfMetadata, parseMetadata } from './remote-model.ts';
import { jsonOfBytes, valuesOfBytes } from './tensor-values.ts';
import { defaultTolerance, differenceOf, Verifier } from './verifier.ts';

const bert = {
  name: 'bert',
  inputs: [
    { name: 'input_ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'attention_mask', datatype: 'INT64', shape: [-1, -1] },
    { name: 'text', datatype: 'BYTES', shape: [-1, 2] },
  ],
};
const ask = { items: [2], dims: { dim1: 3 }, distinct: 2, seed: 7 };

describe('modelOfMetadata', () => {
  it('names free dimensions by place, and the batch', () => {
    const model = modelOfMetadata(parseMetadata(bert, 'here'));
    assert.equal(model.batchDim, 'batch');
    assert.deepEqual(model.freeDims, ['input_ids_dim1', 'attention_mask_dim1']);
  });

  it('has no batch where a first dimension is fixed', () => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [4, -1] }];
    assert.equal(modelOfMetadata(parseMetadata({ name: 'm', inputs }, 'here')).batchDim, null);
  });

  it('refuses metadata that is none, and types that are not known', () => {
    for (const value of [
      null,
      {},
      { name: 'm', inputs: [] },
      { name: 'm', inputs: [{ name: 'x', datatype: 'FP32', shape: [-2] }] },
    ])
      assert.throws(() => parseMetadata(value, 'here'), { code: 'request-invalid' });
    const strange = { name: 'm', inputs: [{ name: 'x', datatype: 'FP4', shape: [1] }] };
    assert.throws(() => modelOfMetadata(parseMetadata(strange, 'here')), { code: 'shape-invalid' });
  });
});

describe('makeInputs', () => {
  const model = modelOfMetadata(parseMetadata(bert, 'here'));

  it('makes small tokens, masks of ones and strings, by the seed', () => {
    const made = makeInputs(model, ask);
    assert.equal(made.length, 2);
    const [ids, mask, text] = made[0]!.tensors;
    assert.deepEqual(ids!.shape, [2, 3]);
    const tokens = valuesOfBytes('int64', ids!.shape, ids!.data);
    assert.ok(Array.from(tokens).every((token) => (token as bigint) >= 0n && (token as bigint) < 100n));
    assert.deepEqual(jsonOfBytes('int64', mask!.shape, mask!.data), [1, 1, 1, 1, 1, 1]);
    assert.ok(
      jsonOfBytes('string', text!.shape, text!.data).every((word) => /^[a-z]{8}$/.test(String(word))),
    );
    assert.deepEqual(made, makeInputs(model, ask));
    assert.notDeepEqual(made[0]!.tensors, made[1]!.tensors);
  });

  it('names dimensions that are missing, and refuses what does not fit into memory', () => {
    assert.throws(() => makeInputs(model, { ...ask, dims: {} }), /give --dim input_ids_dim1=128/);
    assert.throws(() => makeInputs(model, { ...ask, dims: { other: 1, dim1: 3 } }), {
      code: 'shape-invalid',
    });
    assert.throws(() => makeInputs(model, { ...ask, dims: { dim1: 1e12 } }), { code: 'usage' });
  });
});

describe('payloadPicker', () => {
  it('takes numbers of items by their share in the list', () => {
    const pick = payloadPicker([1, 1, 1, 8], [1, 8], 4, 3);
    const picked = Array.from({ length: 4000 }, pick);
    const large = picked.filter((payload) => payload >= 4).length;
    assert.ok(large > 850 && large < 1150, `${large}`);
    assert.equal(new Set(picked).size, 8);
  });
});

describe('differenceOf', () => {
  const tensor = (values: readonly number[], type = 'FP32') => [
    { name: 'y', type, shape: [values.length], values: type === 'FP32' ? Float64Array.from(values) : values },
  ];

  it('allows floats a tolerance, and integers none', () => {
    assert.equal(differenceOf(tensor([1.0005, Number.NaN]), tensor([1, Number.NaN]), defaultTolerance), null);
    assert.match(
      differenceOf(tensor([1.01]), tensor([1]), defaultTolerance) ?? '',
      /"y"\[0\] is 1.01 instead of 1/,
    );
    assert.match(
      differenceOf(tensor([5], 'INT32'), tensor([4], 'INT32'), defaultTolerance) ?? '',
      /instead of 4/,
    );
    assert.match(differenceOf(tensor([Number.NaN]), tensor([4]), defaultTolerance) ?? '', /NaN instead of 4/);
    assert.match(differenceOf(tensor([1, 2]), tensor([1]), defaultTolerance) ?? '', /FP32 \[2\] instead/);
    assert.match(differenceOf([], tensor([1]), defaultTolerance) ?? '', /outputs/);
  });

  it('takes an answer that can not be read for a wrong one', () => {
    const answer = (body: string) => ({
      body: Buffer.from(body),
      tensors: () => JSON.parse(body) as never,
    });
    assert.match(
      new Verifier([answer('[]')], defaultTolerance).differenceOf(0, answer('{')) ?? '',
      /can not be read/,
    );
  });
});
