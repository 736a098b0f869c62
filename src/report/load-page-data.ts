import type { LoadSummary, LoadVerdict } from '../load/index.ts';
import type { LoadEvidence } from './load-evidence.ts';

/** One of several generators that drove a run together. */
export interface GeneratorRow {
  /** Name of the file with its requests. */
  readonly file: string;
  /** When its warm-up had ended, ISO 8601, UTC, by its own clock. */
  readonly countedFrom: string;
  /** Its counted requests. */
  readonly sent: number;
  /** Of its own answers, in ms; null: there was none. */
  readonly p99Ms: number | null;
  /** The 99th percentile of how late it sent, in ms; null in a closed loop. */
  readonly slipP99Ms: number | null;
  /** Share of the time in which its thread was busy. */
  readonly busyShare: number;
  readonly keptUp: boolean;
}

/** A verdict by somebody's rules, such as MLPerf's. */
export interface RuledVerdict {
  /** It in a sentence, with the number that the run is judged by. */
  readonly headline: string;
  /** What was checked. */
  readonly checks: readonly { readonly text: string; readonly met: boolean }[];
  /** Why it is not valid, and what else must be known, a sentence each. */
  readonly notes: readonly string[];
}

/** All that the page of a load run is drawn from. */
export interface LoadPageData {
  /** Software that made it. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly model: string;
  /** Whether sending followed a schedule. */
  readonly open: boolean;
  /** How requests came, in words: `open loop, 100 requests/s poisson`. */
  readonly loop: string;
  /** When counting began, ISO 8601, UTC. */
  readonly countedFrom: string;
  /** From the due moment; null: none. */
  readonly deadlineMs: number | null;
  /** By name, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** CPU on which the generator ran. */
  readonly generatorCpu: string;
  readonly busyShare: number;
  readonly summary: LoadSummary;
  readonly verdict: LoadVerdict;
  /** Stands on top; null: the run follows nobody's rules. */
  readonly ruled: RuledVerdict | null;
  readonly evidence: LoadEvidence;
  /** Empty where one generator made the run. */
  readonly generators: readonly GeneratorRow[];
  /** The document of `--json`, for the download. */
  readonly document: object;
}
