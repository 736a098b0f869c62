/** Weight of one batch, so that some fifty of them count. */
const weight = 0.02;
/** Fewer batches say nothing. */
const fewest = 50;
/** Batches that take so many times what was measured, or so much less, for long enough, are told of. */
const most = 1.25;

/** How long batches take beside what was measured of them: a noisy neighbour, another kernel, a slower clock. */
export class Drift {
  private logarithm = 0;
  private batches = 0;
  /** Since when it is beyond the bounds; null: it is not. */
  private sinceMs: number | null = null;
  private told = false;
  private readonly afterMs: number;

  /** @param afterMs What has lasted for so long is told of. */
  constructor(afterMs: number) {
    this.afterMs = afterMs;
  }

  /** Whether it was told, and has not come back since. */
  get isTold(): boolean {
    return this.told;
  }

  /** Geometric mean of the last batches over what was measured; null: too few. */
  get ratio(): number | null {
    return this.batches < fewest ? null : Math.exp(this.logarithm);
  }

  /**
   * A batch has run. Gives the ratio when it has been beyond the bounds for long enough, once until it comes back, and 1 when it has.
   *
   * @param ratio What it took over what was measured, above 0.
   */
  note(ratio: number, nowMs: number): number | null {
    if (!(ratio > 0) || ratio === Number.POSITIVE_INFINITY) return null;
    this.batches++;
    const share = Math.max(weight, 1 / this.batches);
    this.logarithm += share * (Math.log(ratio) - this.logarithm);
    if (this.batches < fewest) return null;
    if (Math.abs(this.logarithm) <= Math.log(most)) {
      const wasTold = this.told;
      this.sinceMs = null;
      this.told = false;
      return wasTold ? 1 : null;
    }
    this.sinceMs ??= nowMs;
    if (this.told || nowMs - this.sinceMs < this.afterMs) return null;
    this.told = true;
    return Math.exp(this.logarithm);
  }
}
