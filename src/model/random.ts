/**
 * Seeded random numbers, fast enough to fill gigabytes of weights: Chris Doty-Humphrey's sfc32 generator
 * (PractRand) for bits, and a table of quantiles for the normal distribution.
 */

/** A reproducible stream of random numbers. */
export class RandomStream {
  readonly #state: Int32Array;

  /** Streams of different `name`s under one `seed` are independent of each other. */
  constructor(seed: number, name = '') {
    this.#state = Int32Array.of(seed | 0, hashText(name), 0x9e3779b9 | 0, 1);
    for (let round = 0; round < 15; round++) this.nextInt32();
  }

  /** 32 random bits as a signed integer. */
  nextInt32(): number {
    const state = this.#state;
    const [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const sum = (a + b + d) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = (c + (c << 3)) | 0;
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = d + 1;
    return sum;
  }

  /** Uniform in [0, 1). */
  nextFloat(): number {
    return (this.nextInt32() >>> 0) / 0x1_0000_0000;
  }

  /** Uniform integer in [low, high). */
  nextInteger(low: number, high: number): number {
    return low + Math.floor(this.nextFloat() * (high - low));
  }

  /** Fills with values of the normal distribution, one of 65,536 equally likely quantiles each. */
  fillNormal(target: Float32Array, mean = 0, deviation = 1): void {
    const quantiles = normalQuantiles();
    const pairs = target.length & ~1;
    for (let index = 0; index < pairs; index += 2) {
      const bits = this.nextInt32();
      target[index] = mean + deviation * quantiles[bits & 0xffff]!;
      target[index + 1] = mean + deviation * quantiles[bits >>> 16]!;
    }
    if (pairs < target.length) target[pairs] = mean + deviation * quantiles[this.nextInt32() & 0xffff]!;
  }

  /** Fills with values uniform in [low, high). */
  fillUniform(target: Float32Array, low: number, high: number): void {
    const scale = (high - low) / 0x1_0000_0000;
    for (let index = 0; index < target.length; index++)
      target[index] = low + (this.nextInt32() >>> 0) * scale;
  }
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

let quantileTable: Float32Array | undefined;

function normalQuantiles(): Float32Array {
  quantileTable ??= Float32Array.from({ length: 0x1_0000 }, (_, index) =>
    normalQuantile((index + 0.5) / 0x1_0000),
  );
  return quantileTable;
}

/**
 * Inverse of the normal distribution function: P. J. Acklam's rational approximation, relative error below 1.2e-9.
 */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(tailTop, q) / (polynomial(tailBottom, q) * q + 1);
  }
  const q = probability - 0.5;
  const r = q * q;
  return (polynomial(middleTop, r) * q) / (polynomial(middleBottom, r) * r + 1);
}

const middleTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const middleBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const tailBottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
