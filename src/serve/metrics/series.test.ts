import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Series } from './series.ts';

test('a series gives what was set last, as an array that keeps everything would', () => {
  const values = fc.array(fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: -30, max: 60 }),
      (given, length, after) => {
        const series = new Series(length);
        for (const [tick, value] of given.entries()) series.set(tick, value ?? Number.NaN);
        const last = given.length - 1;
        const expected = given.slice(Math.max(0, last - length + 1, after + 1));
        assert.deepEqual(series.between(after, last), expected);
      },
    ),
  );
});
