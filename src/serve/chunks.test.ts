import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Chunks, freeMemory } from './chunks.ts';

test('large pieces are freed where they fill their buffers, and nothing else is', () => {
  const whole = new Uint8Array(64 * 1024);
  const small = new Uint8Array(100);
  const shared = new ArrayBuffer(64 * 1024);
  const [front, back] = [new Uint8Array(shared, 0, 40_000), new Uint8Array(shared, 40_000)];
  new Chunks([whole, small, front]).free();
  assert.deepEqual(
    [whole, small, front, back].map(({ byteLength }) => byteLength),
    [0, 100, 40_000, 25_536],
  );
});

test('what was freed may be freed again', () => {
  const whole = new Uint8Array(64 * 1024);
  freeMemory(whole);
  freeMemory(whole);
  assert.equal(whole.byteLength, 0);
});
