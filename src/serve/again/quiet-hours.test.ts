import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isQuiet, parseQuietHours } from './quiet-hours.ts';

const at = (hours: number, minutes: number): Date => new Date(2026, 4, 1, hours, minutes);

/** Whether each of some moments is quiet. */
const quiet = (text: string, ...moments: readonly [number, number][]): boolean[] =>
  moments.map(([hours, minutes]) => isQuiet(parseQuietHours(text)!, at(hours, minutes)));

test('a stretch holds its begin and not its end', () => {
  assert.deepEqual(quiet('01:30-05:00', [1, 29], [1, 30], [4, 59], [5, 0]), [false, true, true, false]);
});

test('a stretch may go over midnight, and there may be several', () => {
  assert.deepEqual(
    quiet('22:30-05:00, 12:00-13:00', [22, 29], [22, 30], [0, 0], [4, 59], [5, 0], [12, 30], [13, 0]),
    [false, true, true, true, false, true, false],
  );
  assert.deepEqual(quiet('20:00-24:00,0:00-1:00', [23, 59], [0, 30], [1, 0]), [true, true, false]);
});

test('off is never, always is always', () => {
  assert.deepEqual(quiet('off', [0, 0], [12, 0]), [false, false]);
  assert.deepEqual(quiet('always', [0, 0], [23, 59]), [true, true]);
});

test('what is none is told', () => {
  for (const text of [
    '',
    'night',
    '1-5',
    '01:00',
    '24:00-01:00',
    '01:60-02:00',
    '02:00-25:00',
    '22:00-22:00',
    '01:00-02:00,',
  ])
    assert.equal(parseQuietHours(text), null, text);
});
