import type { SamplingRule } from '../profile/index.ts';
import type { SweepSeries } from '../study/index.ts';
import { cellEstimateMs, type PlannedBlock, type PlannedModel } from './sweep-plan.ts';

/** What the expected length of a sweep is told from. */
export interface Expectations {
  readonly rule: SamplingRule;
  /** What a thread is expected to do, in 10⁹ FLOPs a second; null: not known. */
  readonly gflopsPerThread: number | null;
  /** Moment after which no visit begins, on `performance.now()`; null: none. */
  readonly endsAt: number | null;
}

/** One series under way: how long it was expected to take, in ms, and how much of it is done. */
export interface Work {
  readonly ms: number;
  share: number;
}

/** How far a sweep is, and how its budget is shared out. */
export class SweepProgress {
  private readonly expectations: Expectations;
  private readonly totalMs: number;
  private readonly begun: Work[] = [];

  constructor(models: readonly PlannedModel[], expectations: Expectations) {
    this.expectations = expectations;
    this.totalMs = models
      .flatMap(({ blocks }) => blocks)
      .reduce((sum, block) => sum + this.expectedMs(block, block.series), 0);
  }

  /** 0 … 1. */
  get share(): number {
    return this.begun.reduce((sum, { ms, share }) => sum + ms * share, 0) / Math.max(1, this.totalMs);
  }

  begin(block: PlannedBlock, series: SweepSeries): Work {
    const work = { ms: this.expectedMs(block, [series]), share: 0 };
    this.begun.push(work);
    return work;
  }

  /** When series that begin now are to end: what is left of the budget is shared out by what they are expected to take. */
  endOf(block: PlannedBlock, series: readonly SweepSeries[]): number | null {
    const { endsAt } = this.expectations;
    const now = performance.now();
    const restMs = this.totalMs - this.begun.reduce((sum, { ms }) => sum + ms, 0);
    return endsAt === null
      ? null
      : now + Math.max(0, endsAt - now) * Math.min(1, this.expectedMs(block, series) / Math.max(1, restMs));
  }

  private expectedMs({ flopsPerItem }: PlannedBlock, series: readonly SweepSeries[]): number {
    const { rule, gflopsPerThread } = this.expectations;
    return series
      .flatMap(({ cells }) => cells)
      .reduce((sum, cell) => sum + cellEstimateMs(cell, flopsPerItem, rule, gflopsPerThread), 0);
  }
}
