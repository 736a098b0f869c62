/** An instance as the dispatcher sees it. */
export interface Worker {
  /** Most items of one batch: the b of its group. */
  readonly largestBatch: number;
  /** What a batch of so many items of a key is expected to take, padded to `length`, in ms. */
  readonly latencyMs: (items: number, key: string, length: number) => number;
  /** Its largest batch is meant for this length: of longer requests it takes fewer. Default 0: of any length as many. */
  readonly usualLength?: number;
}

/** What waits: a client's request of one or more items. */
export interface Ticket<R> {
  readonly request: R;
  /** At least 1. A request of more items than one batch holds is split over batches. */
  readonly items: number;
  /** Requests with equal keys fit into one batch: the same model, shapes and types, but for the length. */
  readonly key: string;
  /** Its size along the dimension that may be padded, where there is one; a batch is padded to its longest. Default 0: there is none. */
  readonly length?: number;
  readonly arrivedMs: number;
  /** After this moment nobody waits for the answer; null: no bound. */
  readonly deadlineMs: number | null;
  /** 1 goes first. Default 1. */
  readonly priority?: number;
}

/** Some consecutive items of a request. */
export interface Piece<R> {
  readonly ticket: Ticket<R>;
  /** First of the items, from 0. */
  readonly from: number;
  readonly items: number;
}

/** What one worker runs at once. */
export interface Batch<R> {
  /** Index of the worker. */
  readonly worker: number;
  readonly key: string;
  readonly pieces: readonly Piece<R>[];
  readonly items: number;
  /** Of the longest of its requests. */
  readonly length: number;
  /** How often these items were run before, and failed. */
  readonly failures: number;
  /** The worker still runs another one, and this one behind it. */
  readonly ahead: boolean;
}

/** Whether a request may wait. */
export type Offer =
  | { readonly state: 'waiting' }
  | {
      readonly state: 'refused';
      /** `full`: as many items wait as may; `late`: it can't be done before its deadline; `none`: all workers were retired. */
      readonly reason: 'full' | 'late' | 'none';
      /** When a request like this one would be done, from now, in ms. */
      readonly expectedMs: number;
    };

/** What is to be done now. */
export interface Decision<R> {
  /** To be started at once. */
  readonly batches: readonly Batch<R>[];
  /** They can't be done before their deadlines any more; none of what they have waiting is run. */
  readonly expired: readonly Ticket<R>[];
  /** Decide again at this moment even if nothing happens until then; null: no need. */
  readonly againMs: number | null;
}

/**
 * `eager`: an idle worker takes what waits, and several share it. `packrat`: as that paper's server does: gather what all
 * workers hold together, or until a time-out; split it; wait for the last.
 */
export type DispatchPolicy = 'eager' | 'packrat';
