import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantile, sortSamples } from '../stats/index.ts';
import { Recent } from './recent.ts';

const near = (value: number | null, expected: number): void =>
  assert.ok(value !== null && value >= expected * 0.98 && value <= expected * 1.021, `${value}, ${expected}`);

describe('the last seconds of a run', () => {
  it('are empty before anything was sent', () => {
    const { sentPerSecond, p50Ms, p99Ms, slipP99Ms } = new Recent().read(100);
    assert.deepEqual([sentPerSecond, p50Ms, p99Ms, slipP99Ms], [0, null, null, null]);
  });

  it('have the rates and, to 2 %, the percentiles of what was in them', () => {
    const recent = new Recent();
    const latencies: number[] = [];
    for (let request = 0; request < 2000; request++) {
      const nowMs = request * 10;
      const latencyMs = 1 + (request % 97) ** 2 / 10;
      recent.sent(nowMs, 0.5);
      recent.answered(nowMs, latencyMs);
      if (nowMs >= 14_500) latencies.push(latencyMs);
    }
    const read = recent.read(19_995);
    const sorted = sortSamples(latencies);
    near(read.sentPerSecond, 100);
    near(read.answeredPerSecond, 100);
    near(read.p50Ms, quantile(sorted, 0.5));
    near(read.p99Ms, quantile(sorted, 0.99));
    near(read.slipP99Ms, 0.5);
  });

  it('forget what is older, also after a silence', () => {
    const recent = new Recent();
    for (let nowMs = 0; nowMs < 1000; nowMs++) recent.answered(nowMs, 1000);
    near(recent.read(1000).p50Ms, 1000);
    assert.equal(recent.read(60_000).p50Ms, null);
    recent.answered(60_000, 1e-9);
    recent.answered(60_001, 1e12);
    near(recent.read(60_002).p50Ms, 0.001);
    assert.ok(Number.isFinite(recent.read(60_002).p99Ms!));
  });
});
