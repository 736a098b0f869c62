import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Visit } from '../profile/index.ts';
import { runConditions } from './run-conditions.ts';

/** A visit of one run after another, a list for each replica, in ms. */
function visit(...replicas: readonly (readonly number[])[]): Visit {
  return {
    startedAt: '2026-01-02T03:04:05.000Z',
    warmups: 1,
    wallMs: 1,
    replicas: replicas.map((runs) => ({
      beginNs: BigUint64Array.from(runs, (_, index) => BigInt(index)),
      durationNs: BigUint64Array.from(runs, (ms) => BigInt(Math.round(ms * 1e6))),
    })),
    disturbances: [],
    frequencyMhz: null,
    memory: { rssBytes: 1, pssBytes: null, largestBatch: 1 },
    readBack: { cpus: [], computingThreads: [], memoryPolicy: [], differences: [] },
  };
}

describe('runConditions', () => {
  it('takes from the first runs of visits what waking up costs, by threads', () => {
    const { startMs } = runConditions([
      { threads: 1, visits: [visit([1.3, 1, 1], [1.2, 1, 1]), visit([1.3, 1, 1], [1.1, 1, 1])] },
      { threads: 4, visits: [visit([2.5, 2, 2])] },
    ]);
    assert.equal(startMs(1).toFixed(6), '0.300000');
    assert.equal(startMs(4).toFixed(6), '0.500000');
    assert.equal(startMs(16), startMs(4));
    assert.equal(startMs(1.9), startMs(1));
  });

  it('lets short runs decide, since the noise of long ones is larger than any start', () => {
    const { startMs } = runConditions([
      { threads: 1, visits: [visit([1.3, 1, 1]), visit([480, 500, 500]), visit([530, 500, 500])] },
    ]);
    assert.equal(startMs(1).toFixed(6), '0.300000');
  });

  it('takes the drift from what visits of one cell differ in', () => {
    const steady = runConditions([{ threads: 1, visits: [visit([1, 1]), visit([1, 1])] }]);
    assert.equal(steady.drift, 0);
    const moving = runConditions([{ threads: 1, visits: [visit([1, 1]), visit([1.1, 1.1])] }]);
    assert.equal(moving.drift!.toFixed(6), (Math.log(1.1) / Math.SQRT2).toFixed(6));
  });

  it('knows no drift from single visits, and no start from single runs', () => {
    const { drift, startMs } = runConditions([{ threads: 1, visits: [visit([1])] }]);
    assert.deepEqual([drift, startMs(1)], [null, 0]);
    assert.equal(runConditions([]).drift, null);
  });

  it('never says less than nothing, and does not change with the unit', () => {
    const run = fc.double({ min: 0.1, max: 10, noNaN: true });
    const visits = fc.array(fc.array(run, { minLength: 2, maxLength: 5 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(visits, (lists) => {
        const at = (scale: number) =>
          runConditions([{ threads: 2, visits: lists.map((runs) => visit(runs.map((ms) => ms * scale))) }]);
        const [one, thousand] = [at(1), at(1000)];
        assert.ok(one.startMs(2) >= 0 && one.drift! >= 0);
        assert.ok(Math.abs(one.drift! - thousand.drift!) < 1e-3);
        assert.ok(Math.abs(1000 * one.startMs(2) - thousand.startMs(2)) < 1);
      }),
    );
  });
});
