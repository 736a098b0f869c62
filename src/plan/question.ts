import type { Limits } from './limits.ts';
import type { ReplicaSamples } from './predict.ts';
import type { Cell, Policy } from './types.ts';

/** What is asked for, by its goal. */
export type Target =
  | { readonly goal: 'latency' /** B, at least 1. */; readonly items: number }
  | { readonly goal: 'throughput' }
  | { readonly goal: 'cost'; readonly itemsPerSecond: number };

/** How a run of a whole set may differ from the runs that its cells were measured by. */
export interface RunConditions {
  /**
   * By how many ms the first run after a pause takes longer than those that follow it at once, for instances of so many
   * threads; at least 0. A set's run from a common start pays up to so much for waking up.
   */
  readonly startMs: (threads: number) => number;
  /** Medians of visits lie within the cell's median times e^±drift, 19 of 20; null where that is not known. */
  readonly drift: number | null;
}

/** What `plan` plans from. */
export interface PlanQuestion {
  readonly measured: readonly Cell[];
  readonly target: Target;
  readonly limits: Limits;
  /** Whether cells between measured ones may be used. */
  readonly fit: boolean;
  /** Raw samples of a measured cell; null where only its latency is known. */
  readonly samplesOf?: ((threads: number, batch: number) => ReplicaSamples | null) | undefined;
  /** How a run of a whole set may differ from those of its cells. Default: not known, so there are no prediction intervals. */
  readonly conditions?: RunConditions | undefined;
  /** How many plans beside the best are given. Default 3. */
  readonly alternatives?: number | undefined;
  /** Default `exact`. */
  readonly policy?: Policy | undefined;
  /** Of one core for one hour, in any currency. Default: none. */
  readonly pricePerCoreHour?: number | undefined;
}
