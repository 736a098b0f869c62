import type { Group } from '../plan/types.ts';
import type { Verdict } from '../profile/types.ts';

/** One configuration of a trial, run for real. */
export interface TrialConfiguration {
  /** `plan`, `plan 2`, `fat`, `thin`, `default`; configurations that are the same share a row: `plan = thin`. */
  readonly name: string;
  /** All names of the row, e.g. `['plan', 'thin']`. */
  readonly names: readonly string[];
  /** Null threads: the engine's own number (default). */
  readonly groups: readonly Group[];
  readonly pinned: boolean;
  readonly predictedMs: number | null;
  /** Median time of the whole set, from the common start to the slowest instance's end. */
  readonly medianMs: number;
  readonly interval: readonly [number, number];
  readonly itemsPerSecond: number;
  readonly count: number;
  readonly verdict: Verdict;
  /** Time of `default` over this one's, round by round; 1 for `default` itself, null where it did not run. */
  readonly overDefault: SpeedUp | null;
  /** Largest gap between the first and the last start, over the median time. */
  readonly startSkew: number;
  /** Busy share of each CPU of the machine while it ran, by CPU id: 0 … 1. */
  readonly busy: Readonly<Record<string, number>>;
  /** Resident memory of all its instances. */
  readonly rssBytes: number;
}

/** Time of one configuration over that of another, round by round. */
export interface SpeedUp {
  readonly ratio: number;
  readonly interval: readonly [number, number];
}

/** A configuration that could not be run to the end, and why. */
export interface TrialFailure {
  readonly name: string;
  readonly message: string;
}

export interface TrialResult {
  readonly items: number;
  readonly cores: number;
  readonly rounds: number;
  readonly configurations: readonly TrialConfiguration[];
  /** Configurations that ran out of memory or that the engine refused; the others went on without them. */
  readonly failures: readonly TrialFailure[];
  /** Name of the measured winner: the plan in force. */
  readonly winner: string;
  /** Of the winner over each; 1 over itself, null over what did not run. */
  readonly speedup: {
    readonly plan: SpeedUp | null;
    readonly fat: SpeedUp | null;
    readonly thin: SpeedUp | null;
    readonly default: SpeedUp | null;
  };
  /** One honest sentence. */
  readonly verdict: string;
}

/** The raw times of one configuration in one round, in nanoseconds. */
export interface TrialSamples {
  readonly configuration: string;
  readonly round: number;
  readonly durationsNs: BigInt64Array;
}
