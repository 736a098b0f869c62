import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../../errors.ts';
import { makeSchedule } from './arrivals.ts';
import { constantArrivals } from './constant.ts';
import { poissonArrivals } from './poisson.ts';

const minute = (seed: number) =>
  poissonArrivals({ rate: 200, seed, durationMs: 60_000, most: Number.POSITIVE_INFINITY });
const gapsOf = (moments: Float64Array): number[] =>
  Array.from(moments.subarray(1), (at, i) => at - moments[i]!);

describe('poissonArrivals', () => {
  it('has a count whose mean and variance are rate × duration', () => {
    const counts = Array.from({ length: 60 }, (_, seed) => minute(seed).length);
    const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length;
    const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (counts.length - 1);
    // Five standard errors of each; the seeds are fixed, so this holds or not for good.
    assert.ok(Math.abs(mean - 12_000) < 5 * Math.sqrt(12_000 / 60), `mean ${mean}`);
    assert.ok(Math.abs(variance / 12_000 - 1) < 5 * Math.sqrt(2 / 59), `variance ${variance}`);
  });

  it('has exponential, uncorrelated gaps', () => {
    const gaps = gapsOf(minute(3)).toSorted((a, b) => a - b);
    const distance = Math.max(
      ...gaps.map((gap, i) => Math.abs(1 - Math.exp(-gap / 5) - (i + 0.5) / gaps.length)),
    );
    // Kolmogorov and Smirnov at 0.1 %.
    assert.ok(distance < 1.95 / Math.sqrt(gaps.length), `distance ${distance}`);
    const inOrder = gapsOf(minute(3)).map((gap) => gap - 5);
    const product = inOrder.slice(1).reduce((sum, gap, i) => sum + gap * inOrder[i]!, 0);
    assert.ok(Math.abs(product / (25 * inOrder.length)) < 5 / Math.sqrt(inOrder.length));
  });

  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(minute(5), minute(5));
    assert.notDeepEqual(minute(5).subarray(0, 3), minute(6).subarray(0, 3));
  });
});

describe('constantArrivals', () => {
  it('has equal gaps and rate × duration arrivals', () => {
    const moments = constantArrivals({ rate: 40, seed: 1, durationMs: 1000, most: Number.POSITIVE_INFINITY });
    assert.equal(moments.length, 40);
    assert.ok(gapsOf(moments).every((gap) => Math.abs(gap - 25) < 1e-9));
  });
});

describe('makeSchedule', () => {
  it('is ascending, within its bounds, and counts from the end of the warm-up', () => {
    const ask = fc.record({
      name: fc.constantFrom('poisson' as const, 'constant' as const),
      rate: fc.double({ min: 0.5, max: 2000, noNaN: true }),
      seed: fc.nat(),
      warmupMs: fc.constantFrom(0, 500),
      durationMs: fc.constantFrom(3000, Number.POSITIVE_INFINITY),
      requests: fc.constantFrom(50, Number.POSITIVE_INFINITY),
    });
    fc.assert(
      fc.property(ask, ({ name, rate, seed, ...extent }) => {
        fc.pre(Number.isFinite(extent.durationMs) || Number.isFinite(extent.requests));
        let schedule: ReturnType<typeof makeSchedule>;
        try {
          schedule = makeSchedule(name, rate, seed, extent);
        } catch (error) {
          assert.ok(
            error instanceof ThinferError && error.code === 'usage' && name === 'poisson' && rate < 20,
          );
          return;
        }
        const { dueMs, firstCounted } = schedule;
        for (let i = 1; i < dueMs.length; i++) assert.ok(dueMs[i]! >= dueMs[i - 1]!);
        assert.ok(dueMs.subarray(0, firstCounted).every((ms) => ms < extent.warmupMs));
        assert.ok(dueMs.subarray(firstCounted).every((ms) => ms >= extent.warmupMs));
        assert.ok(dueMs.at(-1)! < extent.warmupMs + extent.durationMs);
        assert.ok(dueMs.length - firstCounted <= extent.requests);
        if (extent.durationMs === Number.POSITIVE_INFINITY)
          assert.equal(dueMs.length - firstCounted, extent.requests);
      }),
    );
  });

  it('refuses more requests than a run may have', () => {
    const extent = { warmupMs: 0, durationMs: 3_600_000, requests: Number.POSITIVE_INFINITY };
    assert.throws(() => makeSchedule('constant', 1e6, 1, extent), { code: 'usage' });
  });
});
