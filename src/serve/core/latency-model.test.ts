import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LatencyModel } from './latency-model.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 0.05 * expected, `${actual}, not about ${expected}`);

describe('what a batch is expected to take', () => {
  it('lies straight between and beyond what was measured', () => {
    const model = new LatencyModel([
      { items: 8, ms: 40 },
      { items: 1, ms: 12 },
    ]);
    assert.deepEqual(
      [1, 4, 8, 16].map((items) => model.expected(items, '')),
      [12, 24, 40, 72],
    );
    assert.equal(new LatencyModel([{ items: 2, ms: 8 }]).expected(4, ''), 16);
  });

  it('follows how batches of the same shapes turn out, of each shape on its own', () => {
    const model = new LatencyModel([{ items: 1, ms: 10 }]);
    model.guess('long', 3);
    near(model.expected(1, 'long'), 30);
    for (let batch = 0; batch < 50; batch++) model.learn(1, 'long', 50);
    near(model.expected(1, 'long'), 50);
    near(model.expected(1, 'short'), 10);
    for (let batch = 0; batch < 50; batch++) model.learn(2, 'short', 15);
    near(model.expected(1, 'short'), 7.5);
  });

  it('is not spoiled by one disturbed batch, and forgets a slow time', () => {
    let now = 0;
    const model = new LatencyModel([{ items: 1, ms: 10 }], () => now);
    for (let batch = 0; batch < 10; batch++) model.learn(1, '', 10);
    model.learn(1, '', 1000);
    assert.ok(model.expected(1, '') < 13);
    for (let batch = 0; batch < 50; batch++) model.learn(1, '', 100);
    near(model.expected(1, ''), 100);
    now += 10_000;
    near(model.expected(1, ''), 10);
  });
});
