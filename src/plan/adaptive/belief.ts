import type { Random } from '../../stats/index.ts';
import type { Prior, Roughness } from './prior.ts';

/** How many measurements the prior deviations count for against those made, when their scale is judged. */
const scaleWeight = 4;
/** What is off by more than so many deviations is a quirk of that cell: its neighbours learn less from it. */
const surprise = 3;

/**
 * A Gaussian process over ln L at a fixed list of places, conditioned on one measurement at a time: mean, covariance,
 * and random tables that agree with what is known (by Matheron's rule), all updated in place. The scale of its
 * deviations is not known either, which makes it a Student-t process: a table that surprises widens all of them.
 */
export class Belief {
  /** Mean of ln L at each place. */
  readonly mean: Float64Array;
  /** Random tables of ln L, each as likely as the others, at the scale of the prior. */
  readonly samples: readonly Float64Array[];
  private readonly covariance: readonly Float64Array[];
  private readonly normal: () => number;
  /** Measurements foretold; the first one only sets the level. */
  private foretold = -1;
  private sumOfSquares = 0;
  private sumOfLogs = 0;

  constructor(prior: Prior, roughness: Roughness, sampleCount: number, normal: () => number) {
    this.normal = normal;
    this.mean = prior.mean.slice();
    this.covariance = prior.covariance(roughness);
    this.samples = prior.draw(roughness, sampleCount, normal);
  }

  /** ln of how likely the measurements were, each given those before it, up to what all beliefs have in common. */
  get logLikelihood(): number {
    const freedom = scaleWeight + this.foretold;
    return -(this.sumOfLogs + freedom * Math.log(1 + this.sumOfSquares / scaleWeight)) / 2;
  }

  /** Variance of ln L at a place. */
  variance(index: number): number {
    return Math.max(0, this.covariance[index]![index]!) * this.scale;
  }

  /**
   * How far the mean at every place is expected to move, in either direction, when `index` is measured to ± `deviation`,
   * with variances taken `widening` times as large.
   */
  response(index: number, deviation: number, widening: number): Float64Array {
    const factor = this.scale * widening;
    const row = this.covariance[index]!;
    const step = factor / Math.sqrt(factor * Math.max(0, row[index]!) + deviation ** 2);
    return row.map((value) => value * step);
  }

  /** Takes a measurement of ln L in, known to ± `deviation`, which is above 0. */
  observe(index: number, value: number, deviation: number): void {
    const error = value - this.mean[index]!;
    this.allowQuirk(index, error, deviation);
    const column = this.covariance[index]!.slice();
    const total = Math.max(0, column[index]!) + deviation ** 2;
    if (++this.foretold > 0) {
      this.sumOfSquares += error ** 2 / total;
      this.sumOfLogs += Math.log(total);
    }
    const gain = column.map((covariance) => covariance / total);
    shift(this.mean, gain, error);
    for (const sample of this.samples)
      shift(sample, gain, value + deviation * this.normal() - sample[index]!);
    this.covariance.forEach((row, i) => {
      shift(row, column, -gain[i]!);
    });
  }

  private get scale(): number {
    return (scaleWeight + this.sumOfSquares) / (scaleWeight + Math.max(0, this.foretold));
  }

  /** Raises the variance of a place by itself until an error is no more than a surprise. */
  private allowQuirk(index: number, error: number, deviation: number): void {
    if (this.foretold < 0) return;
    const wanted = (error / surprise) ** 2 / this.scale;
    const extra = wanted - this.covariance[index]![index]! - deviation ** 2;
    if (extra <= 0) return;
    this.covariance[index]![index]! += extra;
    for (const sample of this.samples) sample[index]! += Math.sqrt(extra) * this.normal();
  }
}

function shift(target: Float64Array, direction: Float64Array, amount: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += direction[i]! * amount;
}

/** Standard normal numbers, by Box and Muller. */
export function normalNumbers(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
