import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Group, Plan, PlanAnswer } from '../plan/index.ts';
import { contendersFor, contendersOf, rowName, shareItems } from './contenders.ts';

const groups = (text: string): Group[] =>
  text.split('+').map((part) => {
    const [instances = 0, threads = 0, batch = 0] = part.split('x').map(Number);
    return { instances, threads, batch };
  });
const plan = (text: string, predictedMs: number): Plan => ({
  groups: groups(text),
  cores: 4,
  latencyMs: predictedMs,
  predictedMs,
  itemsPerSecond: 1,
  fitted: false,
  cells: 'together',
  predictionInterval: [predictedMs - 1, predictedMs + 1],
});
const answer = (best: Plan, alternatives: readonly Plan[] = []): PlanAnswer => ({
  goal: 'latency',
  cores: 4,
  items: 16,
  best,
  alternatives,
  baselines: { fat: plan('1x4x16', 40), thin: null },
  speedup: { fat: null, thin: null, default: null },
  table: { cells: 0, measured: 0, fitted: 0 },
});

describe('contendersOf', () => {
  it('takes the plan, the next best, the baselines and the default', () => {
    const list = contendersOf(answer(plan('2x2x8', 30), [plan('1x2x8+2x1x4', 31), plan('1x3x16', 35)]), 1);
    assert.deepEqual(list.map(rowName), ['plan', 'plan 2', 'fat', 'thin', 'default']);
    assert.deepEqual(
      list.map(({ predictedMs }) => predictedMs),
      [30, 31, 40, null, null],
    );
    assert.deepEqual(list[3]!.groups, groups('4x1x4'));
    assert.deepEqual(list[4], {
      names: ['default'],
      groups: [{ instances: 1, threads: 0, batch: 16 }],
      kind: 'default',
      predictedMs: null,
      predictionInterval: null,
    });
  });

  it('gives equal ones a common row, under the first one’s prediction', () => {
    const list = contendersOf(answer(plan('4x1x4', 30), [plan('1x4x16', 41)]), 2);
    assert.deepEqual(list.map(rowName), ['plan = thin', 'plan 2 = fat', 'default']);
    assert.deepEqual(
      list.map(({ predictedMs }) => predictedMs),
      [30, 41, null],
    );
    assert.deepEqual(
      list.map(({ predictionInterval }) => predictionInterval),
      [[29, 31], [40, 42], null],
    );
  });

  it('never merges the default, which is not pinned', () => {
    const list = contendersFor(groups('1x1x1'), 1, 1, () => null);
    assert.deepEqual(list.map(rowName), ['given = fat = thin', 'default']);
  });
});

describe('shareItems', () => {
  it('fills instances in turn, and leaves out those without any', () => {
    assert.deepEqual(shareItems(groups('2x2x8+1x1x4'), 18), [
      { threads: 2, items: 8 },
      { threads: 2, items: 8 },
      { threads: 1, items: 2 },
    ]);
    assert.deepEqual(
      shareItems(groups('4x1x4'), 5).map(({ items }) => items),
      [4, 1],
    );
    assert.deepEqual(shareItems(groups('1x4x16'), 3), [{ threads: 4, items: 3 }]);
  });

  it('shares exactly the items, none beyond a batch, where the set holds them', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const group = fc.record({ instances: size, threads: size, batch: size });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (set, part) => {
          const held = set.reduce((sum, { instances, batch }) => sum + instances * batch, 0);
          const items = Math.max(1, Math.floor(part * held));
          const shares = shareItems(set, items);
          assert.equal(
            shares.reduce((sum, share) => sum + share.items, 0),
            items,
          );
          const places = set.flatMap(({ instances, batch }) =>
            Array.from({ length: instances }, () => batch),
          );
          assert.ok(shares.every((share, index) => share.items >= 1 && share.items <= places[index]!));
        },
      ),
    );
  });
});
