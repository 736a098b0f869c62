import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../stats/index.ts';
import { LoadEstimator } from './load-estimator.ts';
import { PackratEstimator } from './packrat-estimator.ts';

/** Poisson arrivals at a rate between two moments. */
function send(
  estimator: LoadEstimator,
  random: () => number,
  { from, to, rate, items = 1 }: { from: number; to: number; rate: number; items?: number },
): void {
  for (let at = from; ; ) {
    at += (-Math.log(1 - random()) * 1000) / rate;
    if (at >= to) return;
    estimator.arrived(items, at);
  }
}

describe('LoadEstimator', () => {
  it('knows nothing before anything came, and no load where nothing comes', () => {
    const estimator = new LoadEstimator();
    assert.equal(estimator.estimate(0).requestsPerSecond, 0);
    assert.deepEqual(estimator.estimate(5000), {
      requestsPerSecond: 0,
      itemsPerRequest: 1,
      itemLength: 1,
      burstiness: 1,
      windowMs: 5000,
    });
  });

  it('takes a long window where the load is steady', () => {
    const estimator = new LoadEstimator();
    send(estimator, seededRandom(1), { from: 0, to: 60_000, rate: 50, items: 3 });
    const { requestsPerSecond, itemsPerRequest, burstiness, windowMs } = estimator.estimate(60_000);
    // Four standard deviations of a count of 50 × 60.
    assert.ok(Math.abs(requestsPerSecond - 50) < (4 * Math.sqrt(3000)) / 60, `${requestsPerSecond}`);
    assert.equal(itemsPerRequest, 3);
    assert.ok(Math.abs(burstiness - 1) < 0.3, `${burstiness}`);
    assert.ok(windowMs > 30_000, `${windowMs}`);
  });

  it('sees a step within two seconds', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const estimator = new LoadEstimator();
      const random = seededRandom(seed);
      send(estimator, random, { from: 0, to: 60_000, rate: 20 });
      send(estimator, random, { from: 60_000, to: 62_000, rate: 100 });
      const { requestsPerSecond, windowMs } = estimator.estimate(62_000);
      assert.ok(windowMs <= 4000, `seed ${seed}: ${windowMs}`);
      assert.ok(requestsPerSecond > 55 && requestsPerSecond < 145, `seed ${seed}: ${requestsPerSecond}`);
    }
  });

  it('sees a steep rise within half a second', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const estimator = new LoadEstimator();
      const random = seededRandom(seed);
      send(estimator, random, { from: 0, to: 10_050, rate: 15 });
      send(estimator, random, { from: 10_050, to: 10_450, rate: 260 });
      const { requestsPerSecond, windowMs } = estimator.estimate(10_450);
      assert.ok(windowMs <= 500, `seed ${seed}: ${windowMs}`);
      assert.ok(requestsPerSecond > 150 && requestsPerSecond < 370, `seed ${seed}: ${requestsPerSecond}`);
    }
  });

  it('takes no clump of requests for a steep rise', () => {
    const estimator = new LoadEstimator();
    const random = seededRandom(5);
    let rises = 0;
    for (let clump = 0, at = 0, checked = 0; clump < 20_000; clump++) {
      at += -Math.log(1 - random()) * 100;
      for (; checked + 200 < at; checked += 200)
        if (checked > 2000 && estimator.estimate(checked + 200).windowMs < 1000) rises++;
      for (let request = 0; request < 10; request++) estimator.arrived(1, at);
    }
    // Of 10,000 looks.
    assert.ok(rises <= 20, `${rises}`);
  });

  it('tells how long items are, and sees when that changes', () => {
    const estimator = new LoadEstimator();
    for (let at = 0; at < 60_000; at += 20) estimator.arrived(2, at, at < 55_000 ? 0.5 : 3);
    const { itemLength, itemsPerRequest, windowMs } = estimator.estimate(60_000);
    assert.deepEqual([itemLength, itemsPerRequest], [3, 2]);
    assert.ok(windowMs <= 5000, `${windowMs}`);
  });

  it('tells even streams and bursts from independent arrivals', () => {
    const even = new LoadEstimator();
    for (let at = 5; at < 30_000; at += 10) even.arrived(1, at);
    assert.ok(even.estimate(30_000).burstiness < 0.1);
    const bursts = new LoadEstimator();
    const random = seededRandom(3);
    for (let at = 0; at < 30_000; at += -Math.log(1 - random()) * 100)
      for (let k = 0; k < 10; k++) bursts.arrived(1, at);
    assert.ok(bursts.estimate(30_000).burstiness > 5);
  });

  it('takes larger requests for another load', () => {
    const estimator = new LoadEstimator();
    const random = seededRandom(4);
    send(estimator, random, { from: 0, to: 30_000, rate: 50 });
    send(estimator, random, { from: 30_000, to: 34_000, rate: 50, items: 8 });
    assert.ok(estimator.estimate(34_000).itemsPerRequest > 7);
  });

  it('bears any times and counts', () => {
    const times = fc.array(
      fc.oneof(
        fc.double({ min: 0, max: 1e7 }),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -5, 0, 3),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(times, (moments) => {
        const estimator = new LoadEstimator();
        for (const at of moments) estimator.arrived(1, at);
        const { requestsPerSecond, itemsPerRequest, burstiness } = estimator.estimate(moments.at(-1) ?? 0);
        assert.ok(requestsPerSecond >= 0 && Number.isFinite(requestsPerSecond));
        assert.ok(itemsPerRequest >= 1 && burstiness >= 0);
      }),
    );
  });

  it('forgets what came before a long pause', () => {
    const estimator = new LoadEstimator();
    send(estimator, seededRandom(5), { from: 0, to: 10_000, rate: 100 });
    assert.equal(estimator.estimate(10_000 + 3_600_000).requestsPerSecond, 0);
  });
});

describe('PackratEstimator', () => {
  it('knows nothing before a batch was cut', () => assert.equal(new PackratEstimator().check(), null));

  it('gives the commonest of the last ten, as powers of two', () => {
    const estimator = new PackratEstimator();
    for (let k = 0; k < 10; k++) {
      estimator.observe(9);
      assert.equal(estimator.check(), 8);
    }
    // By hand: 64 − 55 · 0.9ⁿ passes 16 at the 2nd observation and 32 at the 6th; of what is equally common the newer counts.
    const after = Array.from({ length: 12 }, () => {
      estimator.observe(64);
      return estimator.check();
    });
    assert.deepEqual(after, [8, 8, 8, 8, 8, 8, 16, 16, 32, 32, 32, 32]);
  });

  it('bears spikes, zeros and what is no number', () => {
    const estimator = new PackratEstimator();
    for (const depth of [0, Number.NaN, -1, Number.POSITIVE_INFINITY]) estimator.observe(depth);
    assert.equal(estimator.check(), 1);
    estimator.observe(1e9);
    assert.equal(estimator.check(), 2 ** 26);
  });
});
