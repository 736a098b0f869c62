import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { equalSets, instancesStudy, type SetPoint } from '../src/study/instances-study.ts';
import { setTimes } from '../src/study/set-times.ts';
import { studyPoint, visitsOf } from './support/study-data.ts';

describe('equal sets', () => {
  it('share all cores and a constant total', () => {
    const { sets, leftOut } = equalSets({ cores: 6, instances: [1, 2, 4, 6, 8], batch: 12, per: 'set' });
    assert.deepEqual(
      sets.map(({ instances, threads, batch }) => [instances, threads, batch]),
      [
        [1, 6, 12],
        [2, 3, 6],
        [4, 1, 3],
        [6, 1, 2],
      ],
    );
    assert.deepEqual(leftOut, [{ instances: 8, reason: 'they need 8 cores, and T is 6' }]);
  });

  it('leave out totals that have no equal shares, and keep a batch of each instance', () => {
    const question = { cores: 4, instances: [1, 2, 4], batch: 6 };
    const { sets, leftOut } = equalSets({ ...question, per: 'set' });
    assert.deepEqual(
      sets.map(({ batch }) => batch),
      [6, 3],
    );
    assert.deepEqual(leftOut, [{ instances: 4, reason: "6 items can't be shared equally" }]);
    assert.deepEqual(
      equalSets({ ...question, per: 'instance' }).sets.map(({ batch }) => batch),
      [6, 6, 6],
    );
  });
});

describe('times of a set', () => {
  it('are the slowest instance and the sum of rates, over runs at the same time', () => {
    const { slowestMs, itemsPerSecond } = setTimes(
      visitsOf([
        [
          [10, 10, 20],
          [20, 10, 10],
        ],
      ]),
      2,
    );
    assert.equal(slowestMs.value, 20);
    assert.equal(itemsPerSecond.value, 300);
    assert.ok(slowestMs.interval[0] <= 20 && slowestMs.interval[1] >= 20);
  });

  it('count a visit as one observation', () => {
    const visit = (ms: number): number[][] => [Array.from({ length: 50 }, () => ms)];
    const { slowestMs } = setTimes(visitsOf([visit(10), visit(11), visit(12)]), 1);
    assert.equal(slowestMs.value, 11);
    assert.ok(slowestMs.interval[0] < 10 && slowestMs.interval[1] > 12);
  });
});

describe('a study over instances', () => {
  const curve = (per: 'set' | 'instance', times: readonly number[]) => {
    const question = { cores: 4, instances: [1, 2, 4], batch: 4, per };
    const points = equalSets(question).sets.map((set, index): SetPoint => {
      const runs = [0.99, 1, 1.01].map((by) => times[index]! * by);
      const visit = Array.from({ length: set.instances }, () => runs);
      const point = studyPoint({ threads: set.threads, batch: set.batch, medianMs: times[index]! });
      return { set, point, visits: visitsOf([visit, visit, visit]) };
    });
    return instancesStudy([{ dims: {}, question, points }], per, []).curves[0]!;
  };

  it('takes the least latency of a constant total', () => {
    const { best, asGood, points } = curve('set', [100, 50, 80]);
    assert.equal(best, 2);
    assert.deepEqual(asGood, []);
    assert.deepEqual(
      points.map(({ speedUp }) => speedUp.ratio),
      [1, 2, 1.25],
    );
    assert.deepEqual(
      points.map(({ items, idleCores }) => [items, idleCores]),
      [
        [4, 0],
        [4, 0],
        [4, 0],
      ],
    );
    assert.equal(points[1]!.itemsPerSecond.value, 80);
  });

  it('takes the highest rate where each has its own batch', () => {
    const { best, points } = curve('instance', [100, 150, 400]);
    assert.equal(best, 2);
    assert.deepEqual(
      points.map(({ items }) => items),
      [4, 8, 16],
    );
    assert.ok(Math.abs(points[1]!.speedUp.ratio - 4 / 3) < 1e-9);
  });

  it('takes the fewest of those that are as good', () => {
    const { best, asGood } = curve('set', [100, 50.2, 50]);
    assert.deepEqual([best, asGood], [2, [4]]);
  });
});
