import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { HeaderMemo } from './header-memo.ts';
import { readInferHeader } from './infer-header.ts';
import { defaultLimits } from './limits.ts';

const binary = (name: string) => ({
  inputs: [{ name, datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } }],
});

function keep(memo: HeaderMemo, value: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(value));
  memo.keep(bytes, readInferHeader(value, defaultLimits));
  return bytes;
}

test('a header that came before is found again by its bytes, and by no others', () => {
  const memo = new HeaderMemo();
  const bytes = keep(memo, binary('x'));
  assert.equal(memo.find(Buffer.from(bytes))?.inputs[0]?.name, 'x');
  assert.equal(memo.find(Buffer.from(JSON.stringify(binary('y')))), undefined);
  assert.equal(memo.find(bytes.subarray(1)), undefined);
});

test('what the bytes were is kept, whatever their memory is used for afterwards', () => {
  const memo = new HeaderMemo();
  const bytes = keep(memo, binary('x'));
  const copy = Buffer.from(bytes);
  bytes.fill(0);
  assert.notEqual(memo.find(copy), undefined);
});

test('headers that will not come again, or are large, are not kept', () => {
  const memo = new HeaderMemo();
  const json = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }] };
  assert.equal(memo.find(keep(memo, json)), undefined);
  assert.equal(memo.find(keep(memo, { id: 'a', ...binary('x') })), undefined);
  assert.equal(memo.find(keep(memo, { parameters: { much: 'a'.repeat(5000) }, ...binary('x') })), undefined);
});

test('the oldest gives way', () => {
  const memo = new HeaderMemo();
  const all = Array.from({ length: 20 }, (_, index) => keep(memo, binary(`x${index}`)));
  assert.deepEqual(
    all.map((bytes) => memo.find(bytes) !== undefined),
    all.map((_, index) => index >= 4),
  );
});
