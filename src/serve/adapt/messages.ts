import type { Proposal } from '../../adapt/index.ts';
import type { LoadEstimate } from '../../dispatch/index.ts';
import type { Cell, Group } from '../../plan/index.ts';

/** How a set is chosen: `load` is thinfer's own, `packrat` that paper's. */
export type AdaptStrategy = 'load' | 'packrat';

/** What the thread of a strategy is started with. */
export interface AdaptSetup {
  readonly strategy: AdaptStrategy;
  /** What is known of instances, and cores that the model has. */
  readonly cells: readonly Cell[];
  readonly cores: number;
  /** Another set is better when its p99 is lower by this share at least. */
  readonly margin: number;
}

/** What the thread is told. */
export type ToStrategy = Beat | NewCells;

/** The profile was measured anew; the history of the load begins anew with it. */
export interface NewCells {
  readonly type: 'cells';
  readonly cells: readonly Cell[];
}

/** What has come since the last beat, and a question. */
export interface Beat {
  readonly type: 'beat';
  /** Moment of each request, its items, and their length over the usual one; moments of `performance.now()`. */
  readonly arrivals: Float64Array;
  /** Moment and depth of the queue, each time that batches were cut. */
  readonly cuts: Float64Array;
  /** Null: nothing is asked, a change is under way. */
  readonly question: {
    readonly nowMs: number;
    readonly groups: readonly Group[];
    readonly waiting: number;
    /** CPU time that starting one instance takes. */
    readonly loadCpuMs: number;
    /** Threads of each instance that stands by, and instances that memory holds beside a set. */
    readonly standby: readonly number[];
    readonly standbyRoom: number;
    /** Others are being loaded, for as long as it takes. */
    readonly loading: boolean;
  } | null;
}

/** The answer to a beat. */
export interface BeatAnswer {
  readonly proposal: Proposal | null;
  /** Null with a strategy that estimates no load, and where nothing was asked. */
  readonly estimate: LoadEstimate | null;
}
