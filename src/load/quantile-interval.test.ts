import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { medianInterval, quantile, seededRandom, sortSamples } from '../stats/index.ts';
import { microseconds } from './microseconds.ts';
import { quantileInterval } from './quantile-interval.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('quantileInterval', () => {
  it('equals the interval of the median from src/stats', () => {
    for (const n of [6, 10, 25, 50, 100, 401])
      assert.deepEqual(
        quantileInterval(sortSamples(upTo(n)), 0.5),
        medianInterval(sortSamples(upTo(n))),
        `n = ${n}`,
      );
  });

  it('is not known below 369 samples at 0.99', () => {
    // 0.99^368 = 2.48 % is the first that lies within the tail.
    assert.equal(quantileInterval(sortSamples(upTo(366)), 0.99), null);
    assert.notEqual(quantileInterval(sortSamples(upTo(369)), 0.99), null);
  });

  it('covers the quantile about as often as it says, exact and by the normal distribution', () => {
    const random = seededRandom(11);
    for (const [n, q, trials] of [
      [1000, 0.99, 1000],
      [5000, 0.5, 400],
    ] as const) {
      let covered = 0;
      for (let trial = 0; trial < trials; trial++) {
        const interval = quantileInterval(sortSamples(upTo(n).map(() => random())), q);
        if (interval !== null && interval[0] <= q && q <= interval[1]) covered++;
      }
      assert.ok(covered / trials >= 0.93 && covered / trials <= 0.985, `n = ${n}: ${covered} of ${trials}`);
    }
  });

  it('widens where the samples are worth fewer', () => {
    const sorted = sortSamples(upTo(4000));
    const [low, high] = quantileInterval(sorted, 0.99)!;
    const [lower, higher] = quantileInterval(sorted, 0.99, 1000)!;
    assert.ok(lower < low && higher > high);
    assert.equal(quantileInterval(sorted, 0.99, 100), null);
  });
});

describe('the live histogram', () => {
  it('gives exact percentiles to three digits', () => {
    const latencies = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(latencies, fc.constantFrom(50, 90, 99, 99.9), (values, percent) => {
        const histogram = build({ highestTrackableValue: 2 ** 40, numberOfSignificantValueDigits: 3 });
        for (const value of values) histogram.recordValue(microseconds(value));
        const sorted = sortSamples(values);
        const got = histogram.getValueAtPercentile(percent) / 1000;
        // HdrHistogram takes the value at rank ⌈q·n⌉, and rounds its count its own way: one rank of play.
        const rank = (percent / 100) * sorted.length;
        const at = (place: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, place))]!;
        const [low, high] = [at(Math.floor(rank) - 2), at(Math.ceil(rank))];
        assert.ok(got >= low * 0.998 - 0.001 && got <= high * 1.002 + 0.001, `${got} in ${low} … ${high}`);
      }),
    );
    assert.equal(quantile(sortSamples([1, 2, 3]), 0.5), 2);
  });
});
