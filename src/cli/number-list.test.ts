import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseNumberList } from './number-list.ts';

describe('parseNumberList', () => {
  const lists: readonly (readonly [string, readonly number[]])[] = [
    ['8', [8]],
    ['4, 1,2,2', [1, 2, 4]],
    ['1-4,8', [1, 2, 3, 4, 8]],
    ['8,16,…,128', [8, 16, 32, 64, 128]],
    ['8,16,...,128', [8, 16, 32, 64, 128]],
    ['1,2,…,16', [1, 2, 4, 8, 16]],
    ['2,4,6,…,12', [2, 4, 6, 8, 10, 12]],
    ['2,4,…,12', [2, 4, 6, 8, 10, 12]],
    ['1,2,…,8,10,…,14', [1, 2, 4, 8, 10, 12, 14]],
    ['4,8,…,8', []],
  ];
  for (const [text, numbers] of lists)
    it(`reads ${text}`, () => {
      const wanted = numbers.length === 0 ? null : numbers;
      assert.deepEqual(parseNumberList(text), wanted);
    });

  for (const text of [
    '',
    '0',
    '8,…,16',
    '…,8',
    '8,16,…',
    '8,16,…,100',
    '16,8,…,64',
    '1.5',
    '1-2-3',
    '5-1',
    'x',
    '1e3',
    '-4',
    '1,,2',
    '8,…16',
    '1-99999999',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseNumberList(text), null);
    });
});
