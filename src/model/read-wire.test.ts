import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readWire } from './read-wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'thinfer-wire-'));
after(() => rmSync(folder, { recursive: true }));

function read(bytes: readonly number[], rules: Parameters<typeof readWire>[1]): number[] {
  const file = join(folder, 'message');
  writeFileSync(file, Uint8Array.from(bytes));
  return [...readWire(file, rules)];
}

/** Field 1 (number 300), field 2 holding field 3 ("abc") and field 1 (number 5), field 4 (four bytes). */
const message = [0x08, 0xac, 0x02, 0x12, 7, 0x1a, 3, 0x61, 0x62, 0x63, 0x08, 5, 0x25, 1, 2, 3, 4];

test('without rules a message is copied', () => {
  assert.deepEqual(read(message, {}), message);
});

test('long fields are left out, and the lengths around them are put right', () => {
  assert.deepEqual(
    read(message, { 2: { inside: { 3: { skipAbove: 2 } } } }),
    [0x08, 0xac, 0x02, 0x12, 2, 0x08, 5, 0x25, 1, 2, 3, 4],
  );
  assert.deepEqual(read(message, { 2: { inside: { 3: { skipAbove: 3 } } } }), message);
  assert.deepEqual(read(message, { 2: { skipAbove: 0 } }), [0x08, 0xac, 0x02, 0x25, 1, 2, 3, 4]);
});

test('a message cut anywhere but between fields is refused', () => {
  for (const length of [1, 2, 4, 5, 8, 11, 13, 16])
    assert.throws(() => read(message.slice(0, length), { 2: { inside: {} } }), /early|longer/, `${length}`);
});

test('bytes that are no protobuf are refused', () => {
  assert.throws(() => read([0x0f, 0x01], {}), /wire type/);
  assert.throws(() => read(Array(12).fill(0xff), {}), /ten bytes/);
});
