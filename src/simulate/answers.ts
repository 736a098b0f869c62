import type { LateBound } from './types.ts';

/** When each request was answered, and whether too many were answered late. */
export class Answers {
  /** From arrival to answer; NaN: none. */
  readonly latencyMs: Float64Array;
  private readonly bound: Required<LateBound>;
  private late = 0;

  /** @param bound Null: none is late. */
  constructor(count: number, bound: LateBound | null) {
    this.latencyMs = new Float64Array(count).fill(Number.NaN);
    const never = Number.POSITIVE_INFINITY;
    this.bound = { fromMs: 0, ...(bound ?? { ms: never, most: never }) };
  }

  /** More than may be are late. */
  get tooLate(): boolean {
    return this.late > this.bound.most;
  }

  add(index: number, arrivedMs: number, nowMs: number): void {
    const ms = nowMs - arrivedMs;
    this.latencyMs[index] = ms;
    if (ms >= this.bound.ms && arrivedMs >= this.bound.fromMs) this.late++;
  }
}
