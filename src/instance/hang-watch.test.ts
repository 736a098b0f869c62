import { strict as assert } from 'node:assert';
import { stat } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HangWatch } from './hang-watch.ts';

function watched(t: TestContext): {
  readonly watch: HangWatch;
  readonly hung: number[];
  pass(ms: number): void;
} {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const hung: number[] = [];
  return {
    watch: new HangWatch((hangMs) => hung.push(hangMs)),
    hung,
    pass(ms) {
      for (let each = 0; each < ms; each++) {
        nowMs++;
        t.mock.timers.tick(1);
      }
    },
  };
}

test('what does not come is told once, when its time is up', (t) => {
  const { watch, hung, pass } = watched(t);
  watch.begin(100);
  pass(99);
  assert.deepEqual(hung, []);
  pass(500);
  assert.deepEqual(hung, [100]);
});

test('what comes in time is never told, whatever is awaited behind it', (t) => {
  const { watch, hung, pass } = watched(t);
  for (let turn = 0; turn < 20; turn++) {
    watch.begin(100);
    pass(60);
    watch.end();
  }
  pass(1000);
  assert.deepEqual(hung, []);
});

test('a shorter time behind a longer one counts from its own beginning', (t) => {
  const { watch, hung, pass } = watched(t);
  watch.begin(1000);
  pass(10);
  watch.end();
  watch.begin(50);
  pass(49);
  assert.deepEqual(hung, []);
  pass(1);
  assert.deepEqual(hung, [50]);
});

test('a longer time behind a shorter one is waited for', (t) => {
  const { watch, hung, pass } = watched(t);
  watch.begin(50);
  watch.end();
  watch.begin(1000);
  pass(999);
  assert.deepEqual(hung, []);
  pass(1);
  assert.deepEqual(hung, [1000]);
});

test('nothing is told after the stop', (t) => {
  const { watch, hung, pass } = watched(t);
  watch.begin(50);
  watch.stop();
  pass(100);
  assert.deepEqual(hung, []);
});

test('what came while this process itself stood still is no hang', async () => {
  const hung: number[] = [];
  const watch = new HangWatch((hangMs) => hung.push(hangMs));
  watch.begin(20);
  // It is there before the time is up, and read after.
  stat('.', () => watch.end());
  for (const fromMs = performance.now(); performance.now() - fromMs < 60; );
  await sleep(50);
  assert.deepEqual(hung, []);
});
