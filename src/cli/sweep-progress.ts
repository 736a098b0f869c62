import type { GridCell, SamplingRule } from '../profile/index.ts';
import type { SweepSeries } from '../study/index.ts';
import { cellEstimateMs, type PlannedBlock, type PlannedModel } from './sweep-plan.ts';

/** Of the sizes of models, the cells that are measured to their end already. Those of precisions that are made first are not known. */
export type StoredCells = ReadonlyMap<PlannedBlock, ReadonlySet<GridCell>>;

/** What the expected length of a sweep is told from. */
export interface Expectations {
  readonly rule: SamplingRule;
  readonly stored: StoredCells;
  /** What a thread is expected to do, in 10⁹ FLOPs a second; null: not known. */
  readonly gflopsPerThread: number | null;
}

/** About how long series of one size take, in ms; what is stored takes no time. */
export function expectedMs(
  block: PlannedBlock,
  series: readonly SweepSeries[],
  { rule, stored, gflopsPerThread }: Expectations,
): number {
  const known = stored.get(block);
  return series
    .flatMap(({ cells }) => cells)
    .filter((cell) => !known?.has(cell))
    .reduce((sum, cell) => sum + cellEstimateMs(cell, block.flopsPerItem, rule, gflopsPerThread), 0);
}

/** One series under way: how long it was expected to take, in ms, and how much of it is done. */
export interface Work {
  readonly ms: number;
  share: number;
}

/** How far a sweep is, and how its budget is shared out. */
export class SweepProgress {
  private readonly expectations: Expectations;
  private readonly endsAt: number | null;
  private readonly totalMs: number;
  private readonly begun: Work[] = [];

  /** @param endsAt Moment after which no visit begins, on `performance.now()`; null: none. */
  constructor(models: readonly PlannedModel[], expectations: Expectations, endsAt: number | null) {
    this.expectations = expectations;
    this.endsAt = endsAt;
    this.totalMs = models
      .flatMap(({ blocks }) => blocks)
      .reduce((sum, block) => sum + expectedMs(block, block.series, expectations), 0);
  }

  /** 0 … 1. */
  get share(): number {
    return this.begun.reduce((sum, { ms, share }) => sum + ms * share, 0) / Math.max(1, this.totalMs);
  }

  begin(block: PlannedBlock, series: SweepSeries): Work {
    const work = { ms: expectedMs(block, [series], this.expectations), share: 0 };
    this.begun.push(work);
    return work;
  }

  /** When series that begin now are to end: what is left of the budget is shared out by what they are expected to take. */
  endOf(block: PlannedBlock, series: readonly SweepSeries[]): number | null {
    const { endsAt } = this;
    const now = performance.now();
    const restMs = this.totalMs - this.begun.reduce((sum, { ms }) => sum + ms, 0);
    return endsAt === null
      ? null
      : now +
          Math.max(0, endsAt - now) *
            Math.min(1, expectedMs(block, series, this.expectations) / Math.max(1, restMs));
  }
}
