import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixed, general, microsecondText } from './cpp-format.ts';
import { nextBelow, nextCanonical, nextExponential, shuffle } from './cpp-random.ts';
import { FewestUnder, mostOver } from './early-stopping.ts';
import { MersenneTwister } from './mersenne-twister.ts';

describe("numbers as C++'s library draws them", () => {
  it('the 10000th of the default seed is what the C++ standard says', () => {
    const random = new MersenneTwister(5489n);
    for (let index = 1; index < 10_000; index++) random.next();
    assert.equal(random.next(), 4123659995);
  });

  it('only the low 32 bits of a seed count', () => {
    const [low, high] = [new MersenneTwister(7n), new MersenneTwister(7n + (9n << 32n))];
    for (let index = 0; index < 1000; index++) assert.equal(low.next(), high.next());
  });

  it('lie in their range', () => {
    const random = new MersenneTwister(1n);
    for (let index = 0; index < 10_000; index++) {
      const canonical = nextCanonical(random);
      assert.ok(canonical >= 0 && canonical < 1);
      assert.ok(nextExponential(random, 3) >= 0);
      const below = nextBelow(random, 7);
      assert.ok(Number.isInteger(below) && below >= 0 && below < 7);
    }
  });

  it('a shuffle of any size keeps all that is in it', () => {
    for (const size of [0, 1, 2, 3, 10, 65_535, 65_536]) {
      const values = Uint32Array.from({ length: size }, (_, index) => index);
      shuffle(values, new MersenneTwister(3n));
      assert.deepEqual(
        values.toSorted(),
        Uint32Array.from({ length: size }, (_, index) => index),
      );
    }
  });
});

describe("numbers as C++'s streams write them", () => {
  it('six significant digits', () => {
    const cases: [number, string][] = [
      [0, '0'],
      [1000, '1000'],
      [1e6, '1e+06'],
      [999_999.5, '1e+06'],
      [1234.5678, '1234.57'],
      [0.99, '0.99'],
      [1e-5, '1e-05'],
      [0.000123456789, '0.000123457'],
      [1.5e300, '1.5e+300'],
      [Number.POSITIVE_INFINITY, 'inf'],
    ];
    for (const [value, text] of cases) assert.equal(general(value), text);
  });

  it('fixed digits, and ns as µs', () => {
    assert.equal(fixed(99.9), '99.90');
    assert.equal(fixed(90, 1), '90.0');
    assert.equal(microsecondText(1_234_567), '1234.567');
    assert.equal(microsecondText(5), '0.005');
  });
});

const fewest90 = [63, 79, 94, 109, 122];
const fewest99 = [459, 661, 836, 998, 1589, 6848, 37443, 106569, 511615];

/** Numbers of MLPerf's own early stopping, LoadGen 6.0.17: `early_stopping.cc`, compiled and asked. */
describe('early stopping', () => {
  it('the fewest queries under the bound', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 7, 50, 333, 1000, 5000].map((over) => new FewestUnder(0.99).of(over)),
      fewest99,
    );
    const ascending = new FewestUnder(0.9);
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((over) => ascending.of(over)),
      fewest90,
    );
  });

  it('the most queries above an estimate', () => {
    assert.deepEqual(mostOver(63, 0.9), { needed: 64, over: null });
    assert.deepEqual(mostOver(64, 0.9), { needed: 64, over: 1 });
    assert.deepEqual(mostOver(661, 0.99), { needed: 662, over: null });
  });
});
