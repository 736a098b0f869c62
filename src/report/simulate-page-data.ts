import type { Group } from '../plan/index.ts';

/** The batches of a simulation, by the moments at which they began; both lists have one entry for each. */
export interface BatchRecord {
  /** Ms from the start, ascending. */
  readonly beganMs: readonly number[];
  readonly items: readonly number[];
}

/** A change of a set, as a policy decided it. */
export interface DecidedChange {
  readonly decidedMs: number;
  /** When the new instances took over; null: the run ended before. */
  readonly switchedMs: number | null;
  readonly groups: readonly Group[];
  /** In a sentence. */
  readonly reason: string;
}

/** What came of one policy. */
export interface SimulatedPolicyData {
  /** As in `--policy`. */
  readonly name: string;
  /** The set that it began with, and kept where there are no changes. */
  readonly groups: readonly Group[];
  readonly changes: readonly DecidedChange[];
  /** Of each request of the stream, from arrival to answer; NaN: none came. */
  readonly answeredAfterMs: Float64Array;
  readonly batches: BatchRecord;
  /** Of the requests that count; null: none was answered. */
  readonly latencyMs: Readonly<Record<'mean' | 'p50' | 'p99' | 'max', number>> | null;
  /** Of the requests that count: how many got no answer. */
  readonly refused: number;
  /** Of all cores' time, 0 … 1. */
  readonly busyShare: number;
}

/** All that the page of a simulation is drawn from. */
export interface SimulatePageData {
  /** Software that made it. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** The command that repeats it. */
  readonly command: string;
  /** The model, or the table. */
  readonly subject: string;
  readonly cores: number;
  /** How requests arrive, in words. */
  readonly arrivals: string;
  readonly warmupMs: number;
  /** By name, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of each request. */
  readonly stream: {
    /** Ms from the start, ascending. */
    readonly arrivedMs: ArrayLike<number>;
    readonly items?: ArrayLike<number>;
  };
  readonly policies: readonly SimulatedPolicyData[];
  /** The document of `--json`, for the download. */
  readonly document: object;
}
