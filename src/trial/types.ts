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
  /** How the prediction turned out; null where nothing was predicted. */
  readonly prediction: PredictionError | null;
  /** Median time of the whole set, from the common start to the slowest instance's end. */
  readonly medianMs: number;
  readonly interval: readonly [number, number];
  readonly itemsPerSecond: number;
  readonly count: number;
  /** Rounds that it ran, disturbed ones included; fewer than the trial had where it was clearly beaten before its end. */
  readonly rounds: number;
  /** How it stands against the leader when the trial ended. */
  readonly standing: Standing;
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

/**
 * `leader`: the fastest of those that ran to the end. `slower`: certainly slower than it. `same`: within 1 % of it.
 * `open`: the rounds did not suffice to tell.
 */
export type Standing = 'leader' | 'slower' | 'same' | 'open';

/**
 * What ended a trial. `parted`: every configuration is the leader's equal or slower. `rounds`, `budget`: as many as
 * there may be, as long as it may take. `interrupted`: by a signal; the full rounds before it count.
 */
export type Ending = 'parted' | 'rounds' | 'budget' | 'interrupted';

/** Measured against predicted time of one configuration. */
export interface PredictionError {
  /** Measured median over the predicted time. */
  readonly ratio: number;
  /** The measured median's 95 % interval over the predicted time. */
  readonly interval: readonly [number, number];
  /** Where the measured median was said to lie, in ms; null where the plan could not tell. */
  readonly stated: readonly [number, number] | null;
  /** Whether it lies there; null where `stated` is. */
  readonly within: boolean | null;
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
  /** Of the configurations that ran longest. */
  readonly rounds: number;
  readonly endedBy: Ending;
  readonly configurations: readonly TrialConfiguration[];
  /** Configurations that ran out of memory or that the engine refused; the others went on without them. */
  readonly failures: readonly TrialFailure[];
  /** Name of the measured winner. */
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

/** The measured winner of the last trial of a question (model, items, cores, dimensions, settings). */
export interface PlanInForce {
  readonly items: number;
  readonly cores: number;
  /** Zero threads where the default won: one instance, the engine's own number of threads. */
  readonly groups: readonly Group[];
  /** False where the default won. */
  readonly pinned: boolean;
  /** Median time of the whole set in the trial. */
  readonly medianMs: number;
  readonly interval: readonly [number, number];
  readonly itemsPerSecond: number;
  /** Null where nothing was predicted. */
  readonly predictedMs: number | null;
  /** ISO 8601, UTC; end of the trial. */
  readonly measuredAt: string;
}

/** The raw times of one configuration in one round, in nanoseconds. */
export interface TrialSamples {
  readonly configuration: string;
  readonly round: number;
  readonly durationsNs: BigInt64Array;
}
