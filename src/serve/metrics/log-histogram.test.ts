import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cumulative, LogHistogram, quantileMs, since } from './log-histogram.ts';

const durations = fc.array(fc.integer({ min: 0, max: 10 ** 12 }), { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): LogHistogram {
  const histogram = new LogHistogram();
  for (const ns of values) histogram.record(ns);
  return histogram;
}

test('quantiles are 6 % or 1 µs off at most', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (values, quantile) => {
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1]! / 1e6;
      const found = quantileMs(histogramOf(values).buckets, quantile);
      assert.ok(Math.abs(found - exact) <= exact / 16 + 0.001, `${found} is not ${exact}`);
    }),
  );
});

test('cumulative buckets count exactly what is not above their bound', () => {
  fc.assert(
    fc.property(durations, (values) => {
      for (const { le, count } of cumulative(histogramOf(values).buckets))
        assert.equal(count, values.filter((ns) => ns <= Math.round(Number(le) * 1e9)).length);
    }),
  );
});

test('bounds ascend, two an octave', () => {
  const bounds = cumulative(new LogHistogram().buckets).map(({ le }) => Number(le));
  assert.deepEqual(bounds.slice(0, 4), [64e-6, 96e-6, 128e-6, 192e-6]);
  assert.ok(bounds.every((bound, index) => index === 0 || bound > bounds[index - 1]!));
  assert.equal(bounds.at(-1), 2 ** 26 / 1e6);
});

test('what is longer than the last bucket, negative or exactly on an edge has a place', () => {
  const histogram = histogramOf([-5, 0, 1e18, 64_000, Number.MAX_SAFE_INTEGER]);
  assert.equal(
    histogram.buckets.reduce((sum, count) => sum + count),
    5,
  );
  assert.equal(cumulative(histogram.buckets)[0]!.count, 3);
});

test('a difference of two moments holds what came between', () => {
  const histogram = histogramOf([1e6, 2e6]);
  const before = histogram.buckets.slice();
  histogram.record(50e6);
  const between = since(histogram.buckets, before);
  assert.equal(
    between.reduce((sum, count) => sum + count),
    1,
  );
  assert.ok(Math.abs(quantileMs(between, 0.5) - 50) <= 50 / 16);
  assert.ok(Number.isNaN(quantileMs(since(before, before), 0.5)));
});
