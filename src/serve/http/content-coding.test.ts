import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { Chunks } from '../chunks.ts';
import { acceptedCoding, codingOf, compress, inflateBody } from './content-coding.ts';

const text = Buffer.from('some text, some text, some text');

test('gzip and deflate are known', () => {
  assert.equal(codingOf(undefined), null);
  assert.equal(codingOf('identity'), null);
  assert.equal(codingOf(' GZIP '), 'gzip');
  assert.equal(codingOf('deflate'), 'deflate');
  for (const other of ['br', 'gzip, gzip', 'zstd'])
    assert.throws(() => codingOf(other), { code: 'request-invalid', status: 415 });
});

test('the wanted coding is chosen', () => {
  const chosen = (header?: string) => acceptedCoding(header);
  assert.equal(chosen(), null);
  assert.equal(chosen('identity'), null);
  assert.equal(chosen('*'), null);
  assert.equal(chosen('br, gzip'), 'gzip');
  assert.equal(chosen('deflate, gzip'), 'deflate');
  assert.equal(chosen('gzip;q=0.5, deflate;q=0.9'), 'deflate');
  assert.equal(chosen('gzip;q=0'), null);
  assert.equal(chosen('gzip;q=what'), null);
  assert.equal(chosen(`${'a,'.repeat(10_000)}gzip`), null);
});

test('bodies are inflated, in pieces too', async () => {
  for (const [coding, bytes] of [
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
  ] as const) {
    const pieces = new Chunks([bytes.subarray(0, 5), bytes.subarray(5)]);
    assert.deepEqual(Buffer.from((await inflateBody(pieces, coding, 100)).join()), text);
  }
});

test('a bomb is stopped at the limit', async () => {
  const bomb = new Chunks([gzipSync(Buffer.alloc(50_000_000))]);
  assert.ok(bomb.length < 100_000);
  await assert.rejects(inflateBody(bomb, 'gzip', 1_000_000), { code: 'too-large' });
});

test('what can not be inflated is refused', async () => {
  await assert.rejects(inflateBody(new Chunks([text]), 'gzip', 100), { code: 'request-invalid' });
  const cut = new Chunks([gzipSync(text).subarray(0, 20)]);
  await assert.rejects(inflateBody(cut, 'gzip', 100), { code: 'request-invalid' });
});

test('answers are compressed', async () => {
  assert.deepEqual(gunzipSync(await compress(text, 'gzip')), text);
  assert.deepEqual(inflateSync(await compress(text, 'deflate')), text);
});
