import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChangeState, ModelState } from '../state-types.ts';
import { linearTicks, logTicks, pathOf, scaleOf } from './charts.ts';
import { readable } from './form.ts';
import { showBytes, showCpus, showDuration, showMs, showNumber, showPlural } from './format.ts';
import { binned } from './model-view.ts';
import { bodyOf, requestText, sizesOf, valuesOf } from './request.ts';
import { bandsOf, loadingOf } from './timeline.ts';

test('numbers are short, and what is none is a dash', () => {
  const cases: [number | null, string][] = [
    [null, '–'], [Number.NaN, '–'], [0, '0'], [1, '1'], [0.5, '0.5'], [1.234, '1.23'], [12.34, '12.3'], [99.96, '100'], [1234.5, '1,235'],
    [0.0004, '0.0004'], [100, '100'], [10, '10'],
  ]; // biome-ignore format: a table
  for (const [value, text] of cases) assert.equal(showNumber(value), text);
  assert.deepEqual([showMs(0.25), showMs(12_345), showMs(null)], ['0.25 ms', '12.3 s', '–']);
  assert.deepEqual(
    [showBytes(0), showBytes(1536), showBytes(3 * 2 ** 30), showBytes(null)],
    ['0 bytes', '1.5 KiB', '3 GiB', '–'],
  );
  assert.deepEqual(
    [showDuration(5), showDuration(60), showDuration(7500), showDuration(100_000)],
    ['5 s', '1 min', '2 h 5 min', '1 d 3 h'],
  );
  assert.deepEqual(
    [showPlural(1, 'batch'), showPlural(2, 'batch'), showPlural(1234, 'item')],
    ['1 batch', '2 batches', '1,234 items'],
  );
  assert.deepEqual([showCpus(null), showCpus([3]), showCpus([0, 1, 2, 5, 7, 8])], ['any', '3', '0-2,5,7-8']);
});

test('axes hold all values, ascend, and have few ticks', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
      fc.double({ min: 1, max: 1e6, noNaN: true }),
      (least, factor) => {
        const most = Math.min(least * factor, 1e8);
        const linear = linearTicks(most);
        const logarithmic = logTicks(Math.min(least, most), most);
        for (const ticks of [linear, logarithmic]) {
          assert.ok(ticks.length >= 2 && ticks.length <= 16, String(ticks));
          assert.ok(
            ticks.every((tick, at) => at === 0 || tick > ticks[at - 1]!),
            String(ticks),
          );
          assert.ok(ticks.at(-1)! >= most * (1 - 1e-9), `${ticks} does not hold ${most}`);
        }
        assert.equal(linear[0], 0);
      },
    ),
  );
  assert.deepEqual(linearTicks(0), [0, 1]);
  assert.equal(scaleOf([], true, [100, 0]).ticks.length >= 2, true);
});

test('a path is broken where there is nothing', () => {
  const identity = (value: number): number => value;
  assert.equal(pathOf([1, 2, null, 3], identity, identity), 'M3.0 1.0h0L2.0 2.0M0.0 3.0h0');
  assert.equal(pathOf([null], identity, identity), '');
});

const model = (inputs: ModelState['inputs']): ModelState => ({ inputs }) as ModelState;

test('a made-up request has the right shape and values of its type', () => {
  const input = { name: 'a "b"', datatype: 'INT64', shape: ['batch', 'sequence', 3], batchAt: 0 };
  assert.deepEqual(sizesOf(input), [1, 8, 3]);
  const { inputs } = JSON.parse(bodyOf(requestText(model([input])))) as {
    inputs: { name: string; data: number[] }[];
  };
  assert.equal(inputs[0]!.name, 'a "b"');
  assert.equal(inputs[0]!.data.length, 24);
  assert.ok(inputs[0]!.data.every((value) => value === 0 || value === 1));
  assert.deepEqual(valuesOf('BYTES', 2), ['text 1', 'text 2']);
  assert.ok(valuesOf('BOOL', 9).every((value) => typeof value === 'boolean'));
  assert.ok(valuesOf('FP32', 9).every((value) => Math.abs(value as number) <= 1));
});

test('many values are filled in when the request is sent, and not too many', () => {
  const picture = { name: 'x', datatype: 'FP32', shape: ['n', 3, 64, 64], batchAt: 0 };
  const text = requestText(model([picture]));
  assert.ok(text.includes('"data": "random"') && text.length < 300);
  const { inputs } = JSON.parse(bodyOf(text)) as { inputs: { data: number[] }[] };
  assert.equal(inputs[0]!.data.length, 3 * 64 * 64);
  assert.throws(() => bodyOf('{"inputs":[{"shape":[1e9],"data":"random"}]}'), /4 million/);
  assert.throws(() => bodyOf('{'), SyntaxError);
  assert.equal(bodyOf('null'), 'null');
  assert.equal(bodyOf('{"inputs":5}'), '{"inputs":5}');
});

test('answers are shown with their numbers in a row, and cut', () => {
  assert.equal(readable('{"data":[1,2]}'), '{\n  "data": [1, 2]\n}');
  assert.equal(readable('no JSON'), 'no JSON');
  assert.ok(readable('x'.repeat(50_000)).endsWith('… 30000 more characters'));
});

test('many sizes of batches share rows', () => {
  const sizes = Array.from({ length: 40 }, (_, index) => ({ items: index + 1, count: 1 }));
  const rows = binned(sizes);
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['1', '2', '3–4', '5–8', '9–16', '17–32', '33–64'],
  );
  assert.equal(
    rows.reduce((sum, { count }) => sum + count, 0),
    40,
  );
  assert.equal(binned(sizes.slice(0, 3))[1]!.name, '2 items');
});

test('sets are told in bands without a gap, and loading beside them', () => {
  const set = (threads: number) => [{ instances: 1, threads, batch: 4 }];
  const change = (secondsAgo: number, durationMs: number | null, state: string, from: number, to: number) =>
    ({ secondsAgo, durationMs, state, from: set(from), to: set(to) }) as unknown as ChangeState;
  const changes = [
    change(3, null, 'loading', 1, 2),
    change(20, 5000, 'done', 4, 1),
    change(40, 1000, 'failed', 4, 2),
    change(300, 2000, 'done', 2, 4),
  ];
  assert.deepEqual(bandsOf(changes, '⟨1,1,4⟩', 60), [
    { text: '⟨1,1,4⟩', fromSecondsAgo: 15, toSecondsAgo: 0 },
    { text: '⟨1,4,4⟩', fromSecondsAgo: 60, toSecondsAgo: 15 },
  ]);
  assert.deepEqual(
    bandsOf(changes, '⟨1,1,4⟩', 600).map(({ text, fromSecondsAgo }) => [text, fromSecondsAgo]),
    [['⟨1,1,4⟩', 15], ['⟨1,4,4⟩', 298], ['⟨1,2,4⟩', 600]],
  ); // biome-ignore format: a table
  assert.deepEqual(
    loadingOf(changes, 60).map(({ text, fromSecondsAgo, toSecondsAgo }) => [text, fromSecondsAgo, toSecondsAgo]),
    [['⟨1,2,4⟩', 3, 0], ['⟨1,1,4⟩', 20, 15], ['⟨1,2,4⟩', 40, 39]],
  ); // biome-ignore format: a table
  assert.deepEqual(bandsOf([], '⟨1,1,4⟩', 60), [{ text: '⟨1,1,4⟩', fromSecondsAgo: 60, toSecondsAgo: 0 }]);
});
