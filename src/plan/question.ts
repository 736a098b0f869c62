import type { Limits } from './limits.ts';
import type { ReplicaSamples } from './predict.ts';
import type { Cell, Policy } from './types.ts';

/** What is asked for, by its goal. */
export type Target =
  | { readonly goal: 'latency' /** B, at least 1. */; readonly items: number }
  | { readonly goal: 'throughput' }
  | { readonly goal: 'cost'; readonly itemsPerSecond: number };

/** What `plan` plans from. */
export interface PlanQuestion {
  readonly measured: readonly Cell[];
  readonly target: Target;
  readonly limits: Limits;
  /** Whether cells between measured ones may be used. */
  readonly fit: boolean;
  /** Raw samples of a measured cell; null where only its latency is known. */
  readonly samplesOf?: ((threads: number, batch: number) => ReplicaSamples | null) | undefined;
  /** How many plans beside the best are given. Default 3. */
  readonly alternatives?: number | undefined;
  /** Default `exact`. */
  readonly policy?: Policy | undefined;
  /** Of one core for one hour, in any currency. Default: none. */
  readonly pricePerCoreHour?: number | undefined;
}
