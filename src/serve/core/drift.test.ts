import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drift } from './drift.ts';

/** What was told, with its moment, of batches a tenth of a second apart. */
function told(ratios: readonly number[]): [number, number][] {
  const drift = new Drift(60_000);
  return ratios.flatMap((ratio, at): [number, number][] => {
    const said = drift.note(ratio, 100 * at);
    return said === null ? [] : [[at, said]];
  });
}

const times = (count: number, ratio: number): number[] => Array.from({ length: count }, () => ratio);

test('batches that take as long as measured, or are disturbed now and then, are not told of', () => {
  assert.deepEqual(told(times(5000, 1.1)), []);
  assert.deepEqual(told(Array.from({ length: 5000 }, (_, at) => (at % 50 === 0 ? 20 : 1))), []);
});

test('what lasts a minute is told of once, and that it is over', () => {
  const said = told([...times(200, 1), ...times(2000, 1.6), ...times(500, 1)]);
  assert.equal(said.length, 2);
  const [[at, ratio], [, over]] = said as [[number, number], [number, number]];
  assert.ok(at > 200 + 600 && at < 200 + 700, `${at}`);
  assert.ok(Math.abs(ratio - 1.6) < 0.05);
  assert.equal(over, 1);
});

test('faster is told of as well', () => {
  const said = told(times(1000, 0.5));
  assert.ok(said.length === 1 && Math.abs(said[0]![1] - 0.5) < 0.01);
});

test('a few batches say nothing, and what is no number is left out', () => {
  const drift = new Drift(60_000);
  for (const ratio of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) drift.note(ratio, 0);
  for (let at = 0; at < 49; at++) drift.note(3, at);
  assert.equal(drift.ratio, null);
  drift.note(3, 50);
  assert.ok(Math.abs(drift.ratio! - 3) < 1e-9);
});
