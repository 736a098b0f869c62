import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../../errors.ts';
import { arrivalsOf, makeSchedule } from './arrivals.ts';
import { constantArrivals } from './constant.ts';
import { poissonArrivals } from './poisson.ts';
import { parseShape } from './shape.ts';

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

/** Settings of the shapes that have some. */
const shaped = { onMs: 100, offMs: 300, low: 0.1, periodMs: 2000, noise: 0.2 };
const long = { durationMs: 600_000, most: Number.POSITIVE_INFINITY };

/** Arrivals per second between two moments of each period. */
function rateWithin(moments: Float64Array, periodMs: number, fromMs: number, toMs: number): number {
  const within = moments.filter((at) => at % periodMs >= fromMs && at % periodMs < toMs).length;
  return within / ((long.durationMs / periodMs) * ((toMs - fromMs) / 1000));
}

describe('arrivalsOf', () => {
  it('has the rates of bursts, and their mean', () => {
    const shape = { kind: 'bursts', rate: 100, onMs: 1000, offMs: 4000, low: 0.25 } as const;
    const moments = arrivalsOf(shape, { seed: 1, ...long });
    assert.ok(Math.abs(moments.length / 60_000 - 1) < 0.02, `${moments.length}`);
    // (5 × 100 − 4 × 25) / 1 in a burst.
    assert.ok(Math.abs(rateWithin(moments, 5000, 0, 1000) / 400 - 1) < 0.03);
    assert.ok(Math.abs(rateWithin(moments, 5000, 1000, 5000) / 25 - 1) < 0.05);
  });

  it('goes up and down steps, again and again', () => {
    const steps = [
      { perSecond: 20, durationMs: 2000 },
      { perSecond: 0, durationMs: 1000 },
      { perSecond: 200, durationMs: 1000 },
    ];
    const moments = arrivalsOf({ kind: 'steps', steps }, { seed: 1, ...long });
    assert.ok(Math.abs(rateWithin(moments, 4000, 0, 2000) / 20 - 1) < 0.05);
    assert.equal(rateWithin(moments, 4000, 2000, 3000), 0);
    assert.ok(Math.abs(rateWithin(moments, 4000, 3000, 4000) / 200 - 1) < 0.03);
  });

  it('rises in a straight line', () => {
    const moments = arrivalsOf({ kind: 'ramp', from: 0, to: 200 }, { seed: 1, ...long });
    const half = moments.filter((at) => at < long.durationMs / 2).length;
    // A quarter of all comes in the first half.
    assert.ok(Math.abs(half / moments.length - 0.25) < 0.01, `${half} of ${moments.length}`);
  });

  it('is lowest at the ends of a day, highest in its middle, and has the mean that was asked for', () => {
    const shape = { kind: 'day', rate: 100, periodMs: 60_000, low: 0.2, noise: 0.1 } as const;
    const moments = arrivalsOf(shape, { seed: 1, ...long });
    assert.ok(Math.abs(moments.length / 60_000 - 1) < 0.03, `${moments.length}`);
    assert.ok(Math.abs(rateWithin(moments, 60_000, 0, 3000) / 20 - 1) < 0.15);
    assert.ok(Math.abs(rateWithin(moments, 60_000, 28_500, 31_500) / 180 - 1) < 0.1);
  });
});

describe('parseShape', () => {
  it('reads what the syntax shows', () => {
    assert.deepEqual(parseShape('bursts:on=500ms,off=2s'), {
      kind: 'bursts',
      onMs: 500,
      offMs: 2000,
      low: 0,
    });
    assert.deepEqual(parseShape('ramp:10-200'), { kind: 'ramp', from: 10, to: 200 });
    assert.deepEqual(parseShape('steps:10@30s,80@1m'), {
      kind: 'steps',
      steps: [
        { perSecond: 10, durationMs: 30_000 },
        { perSecond: 80, durationMs: 60_000 },
      ],
    });
    assert.deepEqual(parseShape('day:period=10m,noise=0'), {
      ...{ kind: 'day', periodMs: 600_000, low: 0.2, noise: 0 },
    });
    assert.deepEqual(parseShape('poisson'), { kind: 'poisson' });
  });

  it('says what is wrong', () => {
    for (const [text, what] of [
      ['sine', /there are poisson, constant/],
      ['constant:1', /takes no settings/],
      ['bursts:on=0s', /on=0s: give a time/],
      ['bursts:up=1s', /"up" is none of on, off, low/],
      ['bursts:low=2', /at most 1/],
      ['steps:10', /are no steps/],
      ['steps:0@1s', /all steps have a rate of 0/],
      ['steps:-1@1s', /are no steps/],
      ['ramp:10', /no ramp/],
      ['day:noise=x', /noise=x: give a number/],
    ] as const)
      assert.match(String(parseShape(text)), what, text);
  });
});

describe('makeSchedule', () => {
  it('is ascending, within its bounds, and counts from the end of the warm-up', () => {
    const ask = fc.record({
      kind: fc.constantFrom('poisson' as const, 'constant' as const, 'bursts' as const, 'day' as const),
      rate: fc.double({ min: 0.5, max: 2000, noNaN: true }),
      seed: fc.nat(),
      warmupMs: fc.constantFrom(0, 500),
      durationMs: fc.constantFrom(3000, Number.POSITIVE_INFINITY),
      requests: fc.constantFrom(50, Number.POSITIVE_INFINITY),
    });
    fc.assert(
      fc.property(ask, ({ kind, rate, seed, ...extent }) => {
        fc.pre(Number.isFinite(extent.durationMs) || Number.isFinite(extent.requests));
        let schedule: ReturnType<typeof makeSchedule>;
        try {
          schedule = makeSchedule({ kind, rate, ...shaped }, seed, extent);
        } catch (error) {
          assert.ok(
            error instanceof ThinferError && error.code === 'usage' && kind !== 'constant' && rate < 20,
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
    assert.throws(() => makeSchedule({ kind: 'constant', rate: 1e6 }, 1, extent), { code: 'usage' });
  });
});
