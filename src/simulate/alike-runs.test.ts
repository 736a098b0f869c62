import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mostAbove, quantile, sortSamples } from '../stats/index.ts';
import { AlikeRuns } from './alike-runs.ts';
import { simulate } from './simulation.ts';
import type { SimulatedInstance, SimulationOptions } from './types.ts';

const pair = (largestBatch: number): SimulatedInstance[] => [
  { threads: 2, largestBatch, cpus: [0, 1] },
  { threads: 1, largestBatch, cpus: [2] },
];
const machine = { cores: 3, serviceMs: (threads: number, items: number) => 2 + (3 * items) / threads };
const requests = fc.array(fc.record({ gap: fc.nat(20), items: fc.integer({ min: 1, max: 6 }) }), {
  minLength: 1,
  maxLength: 120,
});
function run(
  list: readonly { readonly gap: number; readonly items: number }[],
  largestBatch: number,
  more: Pick<SimulationOptions, 'late' | 'deadlineMs'> = {},
) {
  let at = 0;
  const arrivedMs = list.map(({ gap }) => (at += gap));
  const items = list.map((one) => one.items);
  return simulate({ arrivedMs, items }, { instances: pair(largestBatch), ...machine, ...more });
}

describe('AlikeRuns', () => {
  it('takes as alike only what is, with deadlines and without', () => {
    const deadlines = fc.constantFrom(null, 12, 40);
    fc.assert(
      fc.property(requests, deadlines, (list, deadlineMs) => {
        const alike = new AlikeRuns<readonly number[]>();
        for (const batch of [1, 4, 8, 16, 32]) {
          const result = run(list, batch, { deadlineMs });
          const known = alike.find(pair(batch));
          if (known !== undefined) assert.deepEqual(known, [...result.latencyMs]);
          alike.add(pair(batch), result, [...result.latencyMs]);
        }
      }),
    );
  });

  it('knows none where more waited than a batch holds, or instances are others', () => {
    const alike = new AlikeRuns<string>();
    const list = [1, 2, 3].map(() => ({ gap: 0, items: 2 }));
    alike.add(pair(5), run(list, 5), 'too small');
    assert.equal(alike.find(pair(8)), undefined);
    alike.add(pair(8), run(list, 8), 'large enough');
    assert.equal(alike.find(pair(6)), 'large enough');
    assert.equal(alike.find(pair(5)), undefined);
    assert.equal(alike.find(pair(8).slice(1)), undefined);
  });
});

describe('a run with a bound on the late', () => {
  it('ends early only where the quantile is no lower, and is the same otherwise', () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 3, max: 60 }), (list, ms) => {
        const whole = run(list, 4);
        const bound = run(list, 4, { late: { ms, most: mostAbove(list.length, 0.99) } });
        if (bound.cutShort) assert.ok(quantile(sortSamples(whole.latencyMs), 0.99) >= ms);
        else assert.deepEqual(bound, whole);
      }),
    );
  });

  it('counts those only that come late enough', () => {
    const list = [0, 0, 0, 100, 100].map((gap) => ({ gap, items: 6 }));
    assert.ok(run(list, 2, { late: { ms: 20, most: 1 } }).cutShort);
    assert.ok(!run(list, 2, { late: { ms: 20, most: 1, fromMs: 1 } }).cutShort);
  });
});
