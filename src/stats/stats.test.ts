import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  clusteredMedianInterval,
  effectiveCount,
  findDrift,
  median,
  medianInterval,
  mostAbove,
  pairedRatio,
  quantile,
  seededRandom,
  shuffled,
  sortSamples,
  splitModes,
} from './index.ts';

const close = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('quantile', () => {
  it('equals the golden numbers of type 7', () => {
    const samples = sortSamples([15, 20, 35, 40, 50]);
    close(quantile(samples, 0.05), 16);
    close(quantile(samples, 0.3), 23);
    close(quantile(samples, 0.4), 29);
    close(quantile(samples, 0.95), 48);
    close(median(sortSamples([4, 1, 3, 2])), 2.5);
  });

  it('refuses an empty list and what is not a number', () => {
    assert.throws(() => sortSamples([]), RangeError);
    assert.throws(() => sortSamples([1, Number.NaN]), RangeError);
    assert.throws(() => sortSamples([1, Number.POSITIVE_INFINITY]), RangeError);
  });
});

describe('mostAbove', () => {
  it('is how many samples may reach a number that the quantile does not', () => {
    for (const q of [0.5, 0.9, 0.99])
      for (const count of [1, 2, 50, 100, 101, 3000]) {
        const most = mostAbove(count, q);
        const of = (above: number) => quantile(sortSamples(upTo(count).map((n) => (n <= above ? 10 : 1))), q);
        assert.equal(of(Math.min(count, most + 1)), 10);
        assert.ok(most === 0 || of(most) < 10, `${most} of ${count} at ${q}`);
      }
  });
});

describe('medianInterval', () => {
  it('takes the ranks of the published table of binomial intervals', () => {
    // n → the 1-based ranks of the 95 % interval (Conover, Practical Nonparametric Statistics, table A3).
    const table: [number, number, number][] = [[6, 1, 6], [8, 1, 8], [9, 2, 8], [10, 2, 9], [12, 3, 10], [15, 4, 12], [20, 6, 15], [25, 8, 18], [50, 18, 33], [100, 40, 61]]; // biome-ignore format: a table
    for (const [n, low, high] of table)
      assert.deepEqual(medianInterval(sortSamples(upTo(n))), [low, high], `n = ${n}`);
  });

  it('is the whole range where no pair of ranks reaches the confidence', () => {
    assert.deepEqual(medianInterval(sortSamples([3])), [3, 3]);
    assert.deepEqual(medianInterval(sortSamples(upTo(5))), [1, 5]);
  });

  it('covers the median of a skewed population about as often as it says', () => {
    const random = seededRandom(7);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const [low, high] = medianInterval(sortSamples(upTo(21).map(() => -Math.log(1 - random()))));
      if (low <= Math.LN2 && Math.LN2 <= high) covered++;
    }
    assert.ok(covered / 2000 >= 0.94 && covered / 2000 <= 0.985, `${covered} of 2000`);
  });

  it('widens when the samples are worth fewer, and always holds the median', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const sorted = sortSamples(values);
          const full = medianInterval(sorted);
          const half = medianInterval(sorted, 0.95, sorted.length / 2);
          assert.ok(full[0] <= median(sorted) && median(sorted) <= full[1]);
          assert.ok(half[0] <= full[0] && half[1] >= full[1]);
        },
      ),
    );
  });
});

describe('clusteredMedianInterval', () => {
  it('covers the median as often as it says where clusters differ, and where they do not', () => {
    const random = seededRandom(11);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    for (const [clusters, runs, between] of [
      [3, 83, 1],
      [3, 30, 0],
      [8, 50, 1],
      [20, 10, 0.3],
    ] as const) {
      let covered = 0;
      for (let trial = 0; trial < 400; trial++) {
        const sets = upTo(clusters).map(() => {
          const shift = between * normal();
          return upTo(runs).map(() => 100 + shift + normal());
        });
        const [low, high] = clusteredMedianInterval(sets);
        if (low <= 100 && 100 <= high) covered++;
      }
      assert.ok(covered / 400 >= 0.92, `${clusters} × ${runs}, between ${between}: ${covered} of 400`);
    }
  });

  it('is that of order statistics for one cluster', () => {
    assert.deepEqual(clusteredMedianInterval([shuffled(upTo(25), seededRandom(2))]), [8, 18]);
  });
});

describe('effectiveCount', () => {
  it('keeps independent samples and discounts those that follow each other', () => {
    const random = seededRandom(1);
    const independent = upTo(400).map(() => random());
    assert.ok(effectiveCount(independent) > 300);
    let level = 0;
    const walk = upTo(400).map(() => (level = 0.9 * level + random() - 0.5));
    assert.ok(effectiveCount(walk) < 100);
  });
});

describe('pairedRatio', () => {
  it('finds the factor between two noisy sequences that drift together', () => {
    const random = seededRandom(3);
    const base = upTo(40).map((i) => 10 + i + random());
    const { ratio, interval } = pairedRatio(
      base.map((x) => x * 1.25 * (1 + (random() - 0.5) / 100)),
      base,
    );
    close(ratio, 1.25, 0.01);
    assert.ok(interval[0] <= 1.25 && 1.25 <= interval[1] && interval[1] - interval[0] < 0.02);
  });
});

describe('pairedRatio of few pairs', () => {
  it('has the wide interval that few pairs deserve', () => {
    const { interval } = pairedRatio([1.16, 1.25, 1.51], [1, 1, 1]);
    assert.ok(interval[0] < 1 && interval[1] > 1.6);
  });
});

describe('findDrift', () => {
  it('sees a slow rise, and none in noise', () => {
    const random = seededRandom(5);
    const rising = findDrift(upTo(40).map((i) => 100 + i / 2 + random()));
    assert.ok(rising !== null && rising.p < 0.001 && rising.change > 0.1);
    const flat = findDrift(upTo(40).map(() => 100 + random()));
    assert.ok(flat !== null && flat.p > 0.01);
    assert.equal(findDrift([1, 2, 3]), null);
  });
});

describe('splitModes', () => {
  it('finds two groups, and reports one group as close', () => {
    const random = seededRandom(9);
    const noise = (): number => random() + random() + random() - 1.5;
    const two = splitModes(sortSamples(upTo(100).map((i) => (i % 4 === 0 ? 120 : 100) + noise())));
    assert.ok(two !== null && two.separation > 10);
    close(two.highShare, 0.25, 0.001);
    const one = splitModes(sortSamples(upTo(400).map(() => 100 + noise())));
    assert.ok(one !== null && one.separation < 4);
    assert.equal(splitModes(sortSamples(upTo(100).map(() => 5)))?.separation, 0);
  });
});

describe('shuffled', () => {
  it('is a permutation, the same for the same seed', () => {
    const once = shuffled(upTo(20), seededRandom(4));
    assert.deepEqual(once, shuffled(upTo(20), seededRandom(4)));
    assert.deepEqual(
      once.toSorted((a, b) => a - b),
      upTo(20),
    );
  });
});
