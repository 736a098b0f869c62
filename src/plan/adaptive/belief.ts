import type { Random } from '../../stats/index.ts';
import { type Place, priorCovariance, priorMean, type Roughness } from './prior.ts';

/**
 * A Gaussian process over ln L at a fixed list of places, conditioned on one measurement at a time: mean, covariance,
 * and random tables that agree with what is known (by Matheron's rule), all updated in place.
 */
export class Belief {
  /** Mean of ln L at each place. */
  readonly mean: Float64Array;
  /** Random tables of ln L, each as likely as the others. */
  readonly samples: readonly Float64Array[];
  /** ln of how likely the measurements were, each given those before it; the first one, which sets the level, left out. */
  logLikelihood = 0;
  private observations = 0;
  private readonly covariance: readonly Float64Array[];
  private readonly normal: () => number;

  constructor(places: readonly Place[], roughness: Roughness, sampleCount: number, random: Random) {
    this.normal = normalNumbers(random);
    this.mean = Float64Array.from(places, priorMean);
    this.covariance = places.map((a) => Float64Array.from(places, (b) => priorCovariance(roughness, a, b)));
    const factor = cholesky(this.covariance);
    this.samples = Array.from({ length: sampleCount }, () => {
      const noise = Float64Array.from(places, this.normal);
      return this.mean.map((mean, i) => mean + dot(factor[i]!, noise, i + 1));
    });
  }

  /** Variance of ln L at a place. */
  variance(index: number): number {
    return Math.max(0, this.covariance[index]![index]!);
  }

  /** How far the mean at every place is expected to move, in either direction, when `index` is measured to ± `deviation`. */
  response(index: number, deviation: number): Float64Array {
    const row = this.covariance[index]!;
    const scale = 1 / Math.sqrt(this.variance(index) + deviation ** 2);
    return row.map((value) => value * scale);
  }

  /** Takes a measurement of ln L in, known to ± `deviation`, which is above 0. */
  observe(index: number, value: number, deviation: number): void {
    const column = this.covariance[index]!.slice();
    const total = this.variance(index) + deviation ** 2;
    const error = value - this.mean[index]!;
    if (this.observations++ > 0) this.logLikelihood -= (error ** 2 / total + Math.log(total)) / 2;
    const gain = column.map((covariance) => covariance / total);
    shift(this.mean, gain, error);
    for (const sample of this.samples)
      shift(sample, gain, value + deviation * this.normal() - sample[index]!);
    this.covariance.forEach((row, i) => {
      shift(row, column, -gain[i]!);
    });
  }
}

function shift(target: Float64Array, direction: Float64Array, amount: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += direction[i]! * amount;
}

function dot(a: Float64Array, b: Float64Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The lower triangle whose product with its transpose is `matrix`. */
function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const factor = matrix.map((row) => new Float64Array(row.length));
  for (let i = 0; i < matrix.length; i++)
    for (let j = 0; j <= i; j++) {
      const rest = matrix[i]![j]! - dot(factor[i]!, factor[j]!, j);
      factor[i]![j] = i === j ? Math.sqrt(Math.max(rest, 1e-12)) : rest / factor[j]![j]!;
    }
  return factor;
}

/** Standard normal numbers, by Box and Muller. */
export function normalNumbers(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
