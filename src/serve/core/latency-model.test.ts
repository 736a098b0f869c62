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
    for (let batch = 0; batch < 50; batch++) model.learn({ items: 1, key: 'long', length: 0, ms: 50 });
    near(model.expected(1, 'long'), 50);
    near(model.expected(1, 'short'), 10);
    for (let batch = 0; batch < 50; batch++) model.learn({ items: 2, key: 'short', length: 0, ms: 15 });
    near(model.expected(1, 'short'), 7.5);
  });

  it('is not spoiled by one disturbed batch, and forgets a slow time', () => {
    let now = 0;
    const model = new LatencyModel([{ items: 1, ms: 10 }], () => now);
    for (let batch = 0; batch < 10; batch++) model.learn({ items: 1, key: '', length: 0, ms: 10 });
    model.learn({ items: 1, key: '', length: 0, ms: 1000 });
    assert.ok(model.expected(1, '') < 13);
    for (let batch = 0; batch < 50; batch++) model.learn({ items: 1, key: '', length: 0, ms: 100 });
    near(model.expected(1, ''), 100);
    now += 10_000;
    near(model.expected(1, ''), 10);
  });

  it('lies between lengths that were measured, and grows with lengths beyond', () => {
    const model = new LatencyModel([
      { items: 1, ms: 10, length: 100 },
      { items: 2, ms: 16, length: 100 },
      { items: 1, ms: 40, length: 300 },
    ]);
    assert.deepEqual(
      [50, 100, 200, 300, 600].map((length) => model.expected(1, '', length)),
      [5, 10, 25, 40, 80],
    );
    assert.equal(model.expected(2, '', 200), (16 + 80) / 2);
  });

  it('is learned of each length on its own, and judged against the profile only where that was measured', () => {
    const model = new LatencyModel([{ items: 1, ms: 10, length: 100 }]);
    for (let batch = 0; batch < 50; batch++) model.learn({ items: 1, key: '', length: 400, ms: 80 });
    near(model.expected(1, '', 410), 82);
    near(model.expected(1, '', 100), 10);
    assert.equal(model.overMeasured({ items: 1, key: '', length: 400, ms: 80 }), null);
    assert.equal(model.overMeasured({ items: 1, key: '', length: 100, ms: 15 }), 1.5);
  });
});
