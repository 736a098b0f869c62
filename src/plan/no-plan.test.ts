import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../errors.ts';
import { solveTarget } from './candidates.ts';
import type { Limits } from './limits.ts';
import { noPlan } from './no-plan.ts';
import { plan } from './plan.ts';
import type { Target } from './question.ts';
import type { Cell } from './types.ts';

const cell = (threads: number, batch: number, latencyMs: number, memoryBytes?: number): Cell => ({
  threads,
  batch,
  latencyMs,
  fitted: false,
  ...(memoryBytes === undefined ? {} : { memoryBytes }),
});

function refusal(measured: readonly Cell[], target: Target, limits: Limits): ThinferError {
  try {
    plan({ measured, target, limits, fit: false });
  } catch (error) {
    if (error instanceof ThinferError) return error;
  }
  throw new Error('not refused');
}

describe('noPlan', () => {
  const cells = [cell(1, 2, 10, 100), cell(1, 4, 18, 150), cell(2, 4, 11, 120), cell(2, 8, 20, 200)];

  it('says how far each limit alone has to move', () => {
    const error = refusal(
      cells,
      { goal: 'latency', items: 16 },
      { cores: 4, latencyMs: 11, memoryBytes: 300 },
    );
    assert.equal(error.code, 'no-plan');
    assert.equal(error.exitStatus, 3);
    assert.equal(error.message, 'no set of instances holds 16 items within 4 cores, 11 ms, 300 bytes');
    // Two limits bind: no latency helps within 300 bytes, and no memory within 11 ms.
    assert.equal(error.remedy, 'any one of these leaves a plan: --items 8');
    const single = refusal(cells, { goal: 'latency', items: 16 }, { cores: 4, latencyMs: 11 });
    assert.equal(single.remedy, 'any one of these leaves a plan: --items 8; --cores 8; --latency 18');
    const memory = refusal(cells, { goal: 'latency', items: 16 }, { cores: 4, memoryBytes: 399 });
    assert.match(memory.remedy!, /--items 12; --memory 400 \(/);
  });

  it('names rate, nodes, batches and equality', () => {
    const rate = refusal(cells, { goal: 'cost', itemsPerSecond: 850 }, { cores: 4, latencyMs: 11 });
    assert.equal(rate.remedy, 'any one of these leaves a plan: --rate 800; --cores 5; --latency 18');
    const nodes = { cores: [2, 2], mostInstances: 1 };
    const crowded = refusal(cells.slice(0, 2), { goal: 'latency', items: 16 }, { cores: 4, nodes });
    assert.equal(crowded.remedy, 'any one of these leaves a plan: --items 8; --instances-per-node 2');
    const batch = refusal(cells, { goal: 'latency', items: 16 }, { cores: 2, largestBatch: 4 });
    assert.equal(batch.remedy, 'any one of these leaves a plan: --items 8; --cores 4');
    const equal = refusal(
      [cell(1, 1, 5), cell(3, 7, 5)],
      { goal: 'latency', items: 8 },
      { cores: 4, equal: true },
    );
    assert.equal(equal.remedy, 'any one of these leaves a plan: --items 7; --cores 6; leave --equal out');
  });

  it('has its own words for an empty table and for unknown memory', () => {
    assert.match(refusal([], { goal: 'latency', items: 1 }, { cores: 1 }).message, /no cell to plan from/);
    const unknown = refusal([cell(1, 1, 1)], { goal: 'throughput' }, { cores: 1, memoryBytes: 5 });
    assert.match(unknown.message, /memory of no cell is known/);
  });

  it('what it proposes leaves a plan, and one less does not', () => {
    // A table has one cell for each place; one with two is refused where it is read.
    const anyTable = fc.uniqueArray(
      fc.record({
        threads: fc.integer({ min: 1, max: 4 }),
        batch: fc.integer({ min: 1, max: 6 }),
        latencyMs: fc.integer({ min: 1, max: 9 }),
        fitted: fc.constant(false),
        memoryBytes: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 6, selector: ({ threads, batch }) => `${threads}/${batch}` },
    );
    const anyLimits = fc.record({
      cores: fc.integer({ min: 1, max: 5 }),
      latencyMs: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 2 }),
      memoryBytes: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 2 }),
    });
    fc.assert(
      fc.property(anyTable, anyLimits, fc.integer({ min: 4, max: 24 }), (table, limits, items) => {
        const target: Target = { goal: 'latency', items };
        const works = (changed: Partial<Limits>, asked = target): boolean =>
          solveTarget(table, asked, { ...limits, ...changed }) !== null;
        if (works({})) return;
        const remedy = noPlan(table, target, limits).remedy ?? '';
        const proposed = (flag: string): number | null => {
          const found = new RegExp(`--${flag} (\\d+)`).exec(remedy)?.[1];
          return found === undefined ? null : Number(found);
        };
        const fewer = proposed('items');
        if (fewer !== null) {
          assert.ok(works({}, { goal: 'latency', items: fewer }));
          assert.ok(!works({}, { goal: 'latency', items: fewer + 1 }));
        }
        const cores = proposed('cores');
        if (cores !== null) assert.ok(works({ cores }) && !works({ cores: cores - 1 }));
        else assert.ok(!works({ cores: 40 }));
        const latencyMs = proposed('latency');
        if (latencyMs !== null) assert.ok(works({ latencyMs }) && !works({ latencyMs: latencyMs - 1 }));
        else assert.ok(limits.latencyMs === undefined || !works({ latencyMs: 99 }));
        const memoryBytes = proposed('memory');
        if (memoryBytes !== null)
          assert.ok(works({ memoryBytes }) && !works({ memoryBytes: memoryBytes - 1 }));
        else assert.ok(limits.memoryBytes === undefined || !works({ memoryBytes: undefined }));
      }),
      { numRuns: 500 },
    );
  });
});
