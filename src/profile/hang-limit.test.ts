import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hangLimitMs, hangRule, slowestRunMs } from './hang-limit.ts';

const cost = (flops: number, bytes: number, unknown: string[] = []) => ({
  flops,
  bytes,
  unknown,
  byOperator: {},
});

describe('the limit of a run', () => {
  it('is a multiple of what is expected', () => {
    assert.ok(hangLimitMs(1000, null, 10) > 10 * 10_000);
    assert.ok(hangLimitMs(0.001, 1e9, 1) >= hangRule.graceMs);
    assert.ok(hangLimitMs(0.001, 1e9, 1) < 2 * hangRule.graceMs);
  });

  it('is far above any machine’s time before the first one, and scales with the work', () => {
    // ResNet-50 at batch 16: 131 GFLOP, 2 GB; seconds on any core of today.
    const slowest = slowestRunMs(cost(131e9, 2e9), 1)!;
    assert.ok(slowest > 100_000 && slowest < 600_000);
    assert.ok(hangLimitMs(null, slowest, 2) > 2 * slowest);
    assert.ok(slowestRunMs(cost(131e9, 2e9), 2)! < slowest);
    assert.equal(slowestRunMs(cost(262e9, 4e9), 1), 2 * slowest);
    assert.equal(hangLimitMs(null, slowestRunMs(cost(1e4, 1e4), 1), 1) < 61_000, true);
  });

  it('keeps to memory where more threads do not help', () => {
    assert.ok(slowestRunMs(cost(1e9, 1e9), 64)! >= 10_000);
  });

  it('counts the engine’s own number of threads as one', () => {
    assert.equal(slowestRunMs(cost(1e9, 0), 0), slowestRunMs(cost(1e9, 0), 1));
  });

  it('is long where the work is not known', () => {
    assert.equal(slowestRunMs(cost(1e9, 1e9, ['Loop']), 1), null);
    assert.equal(hangLimitMs(null, null, 1), hangRule.unknownMs);
  });
});
