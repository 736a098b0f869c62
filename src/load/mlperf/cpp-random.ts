/**
 * What libstdc++ (GCC's C++ library, with which the published LoadGen is built) makes of the numbers of a generator: LoadGen's
 * schedules and samples can only be had by doing the same. The C++ standard leaves these algorithms open.
 */
import type { MersenneTwister } from './mersenne-twister.ts';

const words = 2 ** 32;

/** A double in [0, 1) from two words, the low one first: `std::generate_canonical<double, 53>`. */
export function nextCanonical(random: MersenneTwister): number {
  const low = random.next();
  const value = (low + random.next() * words) / words ** 2;
  // The sum is rounded to 53 bits, which may give 1.
  return value < 1 ? value : 1 - 2 ** -53;
}

/** An exponentially distributed number of mean 1 / `rate`: `std::exponential_distribution<double>`. */
export function nextExponential(random: MersenneTwister, rate: number): number {
  return -Math.log(1 - nextCanonical(random)) / rate;
}

/**
 * A whole number in [0, `range`): `std::uniform_int_distribution` by multiplication and rejection (Lemire, 2019), as libstdc++ does it
 * from GCC 11 on for generators of 32 bits. @param range 1 … 2³² − 1.
 */
export function nextBelow(random: MersenneTwister, range: number): number {
  let product = BigInt(random.next()) * BigInt(range);
  let low = Number(BigInt.asUintN(32, product));
  if (low < range) {
    const threshold = (words - range) % range;
    while (low < threshold) {
      product = BigInt(random.next()) * BigInt(range);
      low = Number(BigInt.asUintN(32, product));
    }
  }
  return Number(product >> 32n);
}

/** Shuffles in place as `std::shuffle` does: two positions from one draw where a word is large enough for both. */
export function shuffle(values: Uint32Array, random: MersenneTwister): void {
  const count = values.length;
  if (count === 0) return;
  let next = 1;
  if (Math.floor((words - 1) / count) >= count) {
    if (count % 2 === 0) swap(values, next++, nextBelow(random, 2));
    for (; next < count; next += 2) {
      const range = next + 1;
      const pair = nextBelow(random, range * (range + 1));
      swap(values, next, Math.floor(pair / (range + 1)));
      swap(values, next + 1, pair % (range + 1));
    }
  } else for (; next < count; next++) swap(values, next, nextBelow(random, next + 1));
}

function swap(values: Uint32Array, a: number, b: number): void {
  const value = values[a]!;
  values[a] = values[b]!;
  values[b] = value;
}
