import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitCells, type PlanQuestion, plan } from './index.ts';
import type { Cell } from './types.ts';

const cell = (threads: number, batch: number, latencyMs: number, halfWidth = 0.01): Cell => ({
  threads,
  batch,
  latencyMs,
  fitted: false,
  interval: [latencyMs * (1 - halfWidth), latencyMs * (1 + halfWidth)],
  memoryBytes: 100 + batch,
});

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9 * Math.max(1, expected), `${actual} is not ${expected}`);

const table = [
  cell(1, 1, 10),
  cell(1, 2, 19),
  cell(1, 4, 37),
  cell(2, 1, 6),
  cell(2, 2, 11),
  cell(2, 4, 20),
  cell(4, 4, 19.9, 0.02),
  cell(4, 8, 30),
];
const ask = (changes: Partial<PlanQuestion>): PlanQuestion => ({
  measured: table,
  target: { goal: 'latency', items: 4 },
  limits: { cores: 4 },
  fit: false,
  ...changes,
});

describe('plan explains', () => {
  it('which cell bounds each plan, and how far its time and rate can be wrong', () => {
    const { best, alternatives, baselines } = plan(ask({}));
    assert.deepEqual(best.groups, [{ instances: 4, threads: 1, batch: 1 }]);
    assert.deepEqual(best.boundBy, { threads: 1, batch: 1 });
    near(best.interval![0], 9.9);
    near(best.interval![1], 10.1);
    near(best.itemsPerSecondInterval![0], 4000 / 10.1);
    assert.equal(best.memoryBytes, 404);
    assert.deepEqual(alternatives[0]!.groups, [{ instances: 2, threads: 2, batch: 2 }]);
    assert.deepEqual(baselines.fat!.boundBy, { threads: 4, batch: 4 });
    const unknown = table.map(({ threads, batch, latencyMs, fitted }) => ({
      threads,
      batch,
      latencyMs,
      fitted,
    }));
    const bare = plan(ask({ measured: unknown }));
    assert.deepEqual(
      [bare.best.interval, bare.best.memoryBytes, bare.runnerUp!.couldBeBetter],
      [null, null, null],
    );
  });

  it('takes the widest ends over the groups of a mixed set', () => {
    const measured = [cell(1, 1, 10, 0.1), cell(2, 3, 10.5, 0.001)];
    const { best } = plan(ask({ measured, limits: { cores: 3 } }));
    assert.equal(best.groups.length, 2);
    assert.deepEqual(best.boundBy, { threads: 2, batch: 3 });
    near(best.interval![0], 10.5 * 0.999);
    near(best.interval![1], 11);
  });

  it('whether the next best could be the better one', () => {
    const sure = plan(ask({})).runnerUp!;
    near(sure.ratio, 1.1);
    assert.equal(sure.couldBeBetter, false);
    near(sure.interval![0], 10.89 / 10.1);
    const measured = table.map((one) => (one.threads === 2 && one.batch === 2 ? cell(2, 2, 10.1) : one));
    assert.equal(plan(ask({ measured })).runnerUp!.couldBeBetter, true);
    assert.equal(plan(ask({ measured: [cell(1, 4, 5)] })).runnerUp, null);
  });

  it('what more cores, items, threads and batch would change', () => {
    const { whatIf } = plan(ask({ limits: { cores: 2 } }));
    // On 2 cores ⟨2,1,2⟩ takes 19 ms. On 3 cores what is faster holds only 3 items; on 4 cores four thin ones take 10 ms.
    assert.deepEqual(whatIf.cores, {
      cores: 4,
      items: 4,
      groups: [{ instances: 4, threads: 1, batch: 1 }],
      latencyMs: 10,
      itemsPerSecond: 400,
    });
    assert.equal(whatIf.items?.latencyMs, 37);
    assert.equal(whatIf.items?.items, 8);
    assert.deepEqual(whatIf.threads, { threads: 2, batch: 2, latencyMs: 11, msPerItem: 5.5, fitted: false });
    assert.deepEqual(whatIf.batch, { threads: 1, batch: 4, latencyMs: 37, msPerItem: 9.25, fitted: false });
    assert.equal(whatIf.latency, null);
  });

  it('for rates: steps in cores and latency, and baselines of its own', () => {
    const most = plan(ask({ target: { goal: 'throughput' }, limits: { cores: 4, latencyMs: 19.5 } }));
    assert.deepEqual(most.best.groups, [{ instances: 4, threads: 1, batch: 2 }]);
    assert.equal(most.items, 8);
    near(most.best.itemsPerSecond, 4 * (2000 / 19));
    near(most.best.itemsPerSecondInterval![1], 4 * (2000 / (19 * 0.99)));
    assert.equal(most.baselines.fat, null);
    assert.equal(most.speedup.thin, 1);
    assert.equal(most.whatIf.cores!.cores, 5);
    assert.ok(most.whatIf.latency!.itemsPerSecond > most.best.itemsPerSecond);
    assert.equal(most.whatIf.items, null);
    const cost = plan(ask({ target: { goal: 'cost', itemsPerSecond: 200 }, pricePerCoreHour: 3 }));
    assert.deepEqual(cost.best.groups, [{ instances: 1, threads: 2, batch: 4 }]);
    assert.equal(cost.best.price!.perHour, 6);
    near(cost.best.price!.perMillionItems, (6 / (200 * 3600)) * 1e6);
    assert.deepEqual(cost.baselines.thin!.groups, [{ instances: 2, threads: 1, batch: 4 }]);
    assert.deepEqual(cost.baselines.fat!.groups, [{ instances: 1, threads: 2, batch: 4 }]);
    assert.equal(cost.speedup.fat, 1);
    assert.equal(cost.whatIf.cores!.cores, 1);
    near(cost.whatIf.cores!.itemsPerSecond, 4000 / 37);
  });

  it('keeps every plan it names within the limits', () => {
    const nodes = { cores: [2, 2], mostInstances: 1 };
    const { best, alternatives, limits } = plan(ask({ limits: { cores: 4, nodes, memoryBytes: 250 } }));
    assert.deepEqual(best.groups, [{ instances: 2, threads: 2, batch: 2 }]);
    assert.deepEqual(best.placement, [
      { threads: 2, batch: 2, nodes: [0] },
      { threads: 2, batch: 2, nodes: [1] },
    ]);
    for (const { groups, memoryBytes, placement } of alternatives) {
      assert.ok(groups.reduce((sum, { instances }) => sum + instances, 0) <= 2);
      assert.ok(memoryBytes! <= 250 && placement !== null);
    }
    assert.deepEqual([limits.nodes, limits.instancesPerNode, limits.memoryBytes], [[2, 2], 1, 250]);
  });
});

describe('fitted cells', () => {
  it('have intervals and memory where both neighbours have', () => {
    const fitted = fitCells([cell(1, 1, 10), cell(1, 3, 30), cell(4, 1, 4)], {
      threads: [1, 2, 4],
      batches: [1, 2, 3],
    });
    const between = fitted.find(({ threads, batch }) => threads === 1 && batch === 2)!;
    near(between.interval![0], 19.8);
    assert.equal(between.memoryBytes, 102);
    const across = fitted.find(({ threads }) => threads === 2)!;
    near(across.latencyMs, Math.sqrt(40));
    near(across.interval![1], Math.sqrt(40) * 1.01);
    const { interval: _, ...bare } = cell(1, 3, 30);
    const without = fitCells([cell(1, 1, 10), bare], { threads: [1], batches: [2] });
    assert.ok(without.every((one) => one.batch !== 2 || !('interval' in one)));
  });
});
