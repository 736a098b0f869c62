import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../stats/index.ts';
import { type ContentionPair, contentionFactor, fitContention, plan } from './index.ts';

const share = fc.double({ min: 0.1, max: 1, noNaN: true });
const traffic = fc.double({ min: 0.1, max: 30, noNaN: true });
const coefficient = fc.double({ min: 0, max: 0.4, noNaN: true });

/** Pairs that follow the model, with an error of so much of ln(ratio). */
function pairsOf(perShare: number, perTraffic: number, noise = 0, count = 24, seed = 1): ContentionPair[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const busyShare = 0.25 + 0.25 * (index % 4);
    const gigabytesPerSecond = 1 + 2 * (index % 7);
    const error = noise * (2 * random() - 1);
    const ratio = Math.exp(busyShare * (perShare + perTraffic * gigabytesPerSecond) + error);
    return { group: `model ${index % 3}`, busyShare, gigabytesPerSecond, ratio };
  });
}

describe('the contention model', () => {
  it('finds what made the pairs', () => {
    fc.assert(
      fc.property(coefficient, fc.double({ min: 0, max: 0.02, noNaN: true }), (perShare, perTraffic) => {
        const model = fitContention(pairsOf(perShare, perTraffic))!;
        assert.ok(Math.abs(model.perShare - perShare) < 0.01, `${model.perShare} for ${perShare}`);
        assert.ok(Math.abs(model.perTraffic - perTraffic) < 0.001, `${model.perTraffic} for ${perTraffic}`);
        assert.deepEqual([model.pairs, model.groups], [24, 3]);
      }),
    );
  });

  it('covers a cell that it has not seen nineteen times of twenty', () => {
    let covered = 0;
    const cases = 400;
    for (let seed = 1; seed <= cases; seed++) {
      const [unseen, ...seen] = pairsOf(0.1, 0.01, 0.05, 13, seed);
      const { interval } = contentionFactor(fitContention(seen)!, unseen!);
      if (interval[0] <= unseen!.ratio && unseen!.ratio <= interval[1]) covered++;
    }
    assert.ok(covered >= 0.95 * cases, `${covered} of ${cases}`);
  });

  it('is not shaken by pairs of one traffic, as a machine of two cores and one model has them', () => {
    const pairs = [1.04, 1.05, 1.06].map((ratio) => ({
      group: 'one',
      busyShare: 0.5,
      gigabytesPerSecond: 8,
      ratio,
    }));
    const { factor, interval } = contentionFactor(fitContention(pairs)!, pairs[0]!);
    assert.ok(factor > 1.04 && factor < 1.06, String(factor));
    assert.ok(interval[0] <= 1.04 && interval[1] >= 1.06);
  });

  it('needs three pairs, and leaves an instance alone that is alone', () => {
    assert.equal(fitContention(pairsOf(0.1, 0.01).slice(0, 2)), null);
    const model = fitContention(pairsOf(0.1, 0.01))!;
    fc.assert(
      fc.property(share, traffic, (busyShare, gigabytesPerSecond) => {
        const idle = contentionFactor(model, { busyShare: 0, gigabytesPerSecond });
        assert.deepEqual(idle, { factor: 1, interval: [1, 1] });
        const { factor, interval } = contentionFactor(model, { busyShare, gigabytesPerSecond });
        assert.ok(interval[0] <= factor && factor <= interval[1]);
      }),
    );
  });
});

describe('what a plan says of its cells', () => {
  const cell = (threads: number, batch: number, latencyMs: number) => ({
    threads,
    batch,
    latencyMs,
    fitted: false,
    interval: [latencyMs * 0.99, latencyMs * 1.01] as const,
  });
  const ask = { target: { goal: 'latency', items: 4 } as const, limits: { cores: 4 }, fit: true };

  it('is the least of what they rest on, fitted ones included', () => {
    const together = { ...cell(1, 1, 10), origin: 'together' } as const;
    const modelled = { ...cell(1, 4, 40), origin: 'alone-with-contention' } as const;
    assert.equal(plan({ ...ask, measured: [together] }).best.cells, 'together');
    assert.equal(plan({ ...ask, measured: [cell(1, 1, 10)] }).best.cells, 'alone');
    const two = plan({ ...ask, limits: { cores: 2 }, measured: [together, modelled] }).best;
    assert.deepEqual(
      [two.groups, two.cells],
      [[{ instances: 2, threads: 1, batch: 2 }], 'alone-with-contention'],
    );
  });

  it('states where a trial is to lie only where drift is known', () => {
    const measured = [cell(1, 1, 10)];
    assert.equal(plan({ ...ask, measured }).best.predictionInterval, null);
    const without = { startMs: () => 0, drift: null };
    assert.equal(plan({ ...ask, measured, conditions: without }).best.predictionInterval, null);
    const conditions = { startMs: () => 0.5, drift: 0.03 };
    const { predictionInterval, interval, predictedMs } = plan({ ...ask, measured, conditions }).best;
    assert.equal(predictedMs, 10);
    assert.ok(predictionInterval![0] < interval![0] && predictionInterval![1] > interval![1] + 0.5);
    assert.ok(predictionInterval![0] > 9.6 && predictionInterval![1] < 10.9);
  });
});
