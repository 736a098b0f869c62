/** An instance as the dispatcher sees it. */
export interface Worker {
  /** Most items of one batch: the b of its group. */
  readonly largestBatch: number;
  /** What a batch of so many items is expected to take, in ms. */
  readonly latencyMs: (items: number) => number;
}

/** What waits: a client's request of one or more items. */
export interface Ticket<R> {
  readonly request: R;
  /** At least 1. A request of more items than one batch holds is split over batches. */
  readonly items: number;
  /** Requests with equal keys fit into one batch: the same model, shapes and types. */
  readonly key: string;
  readonly arrivedMs: number;
  /** After this moment nobody waits for the answer; null: no bound. */
  readonly deadlineMs: number | null;
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
}

/** Whether a request may wait. */
export type Offer<R> =
  | { readonly state: 'waiting'; readonly ticket: Ticket<R> }
  | {
      readonly state: 'refused';
      /** `full`: as many items wait as may; `late`: it can't be done before its deadline; `none`: no worker lives. */
      readonly reason: 'full' | 'late' | 'none';
      /** When a request like this one would be done, from now, in ms. */
      readonly expectedMs: number;
    };

/** What is to be done now. */
export interface Decision<R> {
  /** To be started at once. */
  readonly batches: readonly Batch<R>[];
  /** Their deadline passed before their last items were started. */
  readonly expired: readonly Ticket<R>[];
  /** Decide again at this moment even if nothing happens until then; null: no need. */
  readonly againMs: number | null;
}
