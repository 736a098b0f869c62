import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeStart, type SetRun } from './judge-start.ts';

const limits = { lateShare: 0.02, lateMs: 0.1 };
const runs = (timeMs: number, skews: readonly number[]): SetRun[] =>
  skews.map((skewMs) => ({ timeMs, skewMs }));

describe('judgeStart', () => {
  it('takes a late start now and then', () => {
    assert.deepEqual(judgeStart(runs(100, [0, 0.1, 40]), limits), []);
  });

  it('names a round in which half of the runs begin late', () => {
    const [late] = judgeStart(runs(100, [0.5, 3, 4]), limits);
    assert.deepEqual([late?.kind, late?.value, late?.threshold], ['late-start', 3, 2]);
    assert.match(late!.text, /3\.0 ms after the first, 3 % of the time/);
    assert.deepEqual(judgeStart(runs(100, [2, 2]), limits), []);
  });

  it('leaves short sets the time that waking up takes', () => {
    assert.deepEqual(judgeStart(runs(0.2, [0.1, 0.1]), limits), []);
    const [late] = judgeStart(runs(0.2, [0.11, 0.11]), limits);
    assert.deepEqual([late?.value, late?.threshold], [55, 50]);
  });
});
