import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCpuList, parseCpuList } from './cpu-list.ts';

test('reads single ids, ranges, strides and the empty list', () => {
  assert.deepEqual(parseCpuList('0-3,8\n'), [0, 1, 2, 3, 8]);
  assert.deepEqual(parseCpuList('0-9:2/4'), [0, 1, 4, 5, 8, 9]);
  assert.deepEqual(parseCpuList('7,1,7'), [1, 7]);
  assert.deepEqual(parseCpuList('\n'), []);
});

test('refuses what is not a list', () => {
  for (const text of ['a', '3-1', '-1', '1-', '0-99999999'])
    assert.throws(() => parseCpuList(text), { code: 'usage' }, text);
});

test('writes runs as ranges', () => {
  assert.equal(formatCpuList([8, 0, 1, 2, 3]), '0-3,8');
  assert.equal(formatCpuList([]), '');
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300)), (ids) => {
      assert.deepEqual(
        parseCpuList(formatCpuList(ids)),
        ids.toSorted((a, b) => a - b),
      );
    }),
  );
});
