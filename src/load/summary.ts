import {
  effectiveCount,
  type Interval,
  mean,
  medianInterval,
  quantile,
  type SortedSamples,
  sortSamples,
} from '../stats/index.ts';
import { type Outcome, outcomes } from './outcome.ts';
import { perSecond, type Second } from './per-second.ts';
import { quantileInterval } from './quantile-interval.ts';
import type { FailureKind, RequestRow } from './recorder.ts';
import type { LoadRun } from './run-load.ts';
import type { WrongAnswer } from './traffic.ts';

/** How many of the counted requests ended how. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** Latencies of the counted answers. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly 'p99.9': number;
  readonly max: number;
  /** 95 %; null: too few answers for it. */
  readonly p50Interval: Interval | null;
  readonly p99Interval: Interval | null;
}

/** How late the generator was. */
export interface SlipSummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The numbers of a run. */
export interface LoadSummary {
  /** From the end of the warm-up to the last end of a counted request, in ms. */
  readonly windowMs: number;
  /** Counted requests. */
  readonly sent: number;
  /** From the end of the warm-up to the last sending. */
  readonly sentPerSecond: number;
  readonly counts: OutcomeCounts;
  readonly retryAfter: number;
  readonly kinds: readonly FailureKind[];
  readonly wrong: readonly WrongAnswer[];
  /** Right answers, also late ones, per second of the window. */
  readonly answersPerSecond: number;
  readonly itemsPerSecond: number;
  /** Right answers within the deadline per second; without a deadline, all right ones. */
  readonly goodputPerSecond: number;
  /** Null: there was no answer. */
  readonly latencyMs: LatencySummary | null;
  /** Null in a closed loop. */
  readonly slipMs: SlipSummary | null;
  readonly perSecond: readonly Second[];
}

/** Answers have a latency; what is refused, fails or never comes has none that would mean the same. */
export const isAnswer = (outcome: Outcome): boolean =>
  outcome === 'ok' || outcome === 'late' || outcome === 'wrong';

/** Computes everything from the records. @param itemsOf Items of a prepared request. @param open Whether sending followed a schedule. */
export function summarise(run: LoadRun, itemsOf: (payload: number) => number, open: boolean): LoadSummary {
  const counts = Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>;
  let sent = 0;
  let items = 0;
  let lastMs = run.countFromMs;
  let lastSentMs = run.countFromMs;
  for (const { outcome, sentMs, endMs, payload } of countedRows(run)) {
    sent++;
    lastSentMs = sentMs;
    counts[outcome]++;
    if (outcome === 'ok' || outcome === 'late') items += itemsOf(payload);
    if (endMs > lastMs) lastMs = endMs;
  }
  const windowMs = Math.max(lastMs - run.countFromMs, 1e-3);
  const rate = (count: number): number => count / (windowMs / 1000);
  return {
    windowMs,
    sent,
    sentPerSecond: sent / (Math.max(lastSentMs - run.countFromMs, 1) / 1000),
    counts,
    retryAfter: run.recorder.retryAfter,
    kinds: [...run.recorder.kinds.values()].toSorted((a, b) => b.count - a.count),
    wrong: run.wrong,
    answersPerSecond: rate(counts.ok + counts.late),
    itemsPerSecond: rate(items),
    goodputPerSecond: rate(counts.ok),
    latencyMs: latencyOf(run),
    slipMs: open ? slipOf(run) : null,
    perSecond: perSecond(countedRows(run), run.countFromMs, lastMs),
  };
}

/** The requests that count, in the order of sending. */
export function* countedRows({ recorder, countFromMs }: LoadRun): Generator<RequestRow> {
  for (let index = 0; index < recorder.count; index++) {
    const row = recorder.row(index);
    if (row.dueMs >= countFromMs) yield row;
  }
}

/** A number of each counted request, in the order of sending; those that give null are left out. */
function collect(run: LoadRun, value: (row: RequestRow) => number | null): Float64Array {
  const values = new Float64Array(run.recorder.count);
  let count = 0;
  for (const row of countedRows(run)) {
    const one = value(row);
    if (one !== null) values[count++] = one;
  }
  return values.subarray(0, count);
}

function latencyOf(run: LoadRun): LatencySummary | null {
  const latencies = collect(run, ({ dueMs, endMs, outcome }) => (isAnswer(outcome) ? endMs - dueMs : null));
  if (latencies.length === 0) return null;
  const sorted = sortSamples(latencies);
  const effective = independentCount(latencies);
  return {
    count: sorted.length,
    mean: mean(sorted),
    ...percentilesOf(sorted),
    max: sorted.at(-1)!,
    p50Interval: sorted.length < 6 ? null : medianInterval(sorted, 0.95, effective),
    p99Interval: quantileInterval(sorted, 0.99, effective),
  };
}

function percentilesOf(sorted: SortedSamples): Pick<LatencySummary, 'p50' | 'p90' | 'p95' | 'p99' | 'p99.9'> {
  const at = (percent: number): number => quantile(sorted, percent / 100);
  return { p50: at(50), p90: at(90), p95: at(95), p99: at(99), 'p99.9': at(99.9) };
}

/** Longer sequences are judged by so many values in their middle: ranking millions takes seconds. */
const mostForCorrelation = 100_000;

/** How many independent samples a sequence in the order of sending is worth: a queue makes neighbours alike. */
function independentCount(sequence: Float64Array): number {
  const from = Math.max(0, Math.floor((sequence.length - mostForCorrelation) / 2));
  const part = sequence.subarray(from, from + mostForCorrelation);
  return (effectiveCount(part) / part.length) * sequence.length;
}

function slipOf(run: LoadRun): SlipSummary | null {
  const slips = collect(run, ({ dueMs, sentMs }) => sentMs - dueMs);
  if (slips.length === 0) return null;
  const sorted = sortSamples(slips);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1)! };
}
