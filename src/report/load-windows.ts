import type { LoadRun, Outcome } from '../load/index.ts';
import { outcomes } from '../load/outcome.ts';
import { countedRows, isAnswer } from '../load/summary.ts';
import { quantile, type SortedSamples, sortSamples } from '../stats/index.ts';

/** A stretch of a run, by the moments at which requests were due. Times are from the end of the warm-up. */
export interface LoadWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Counted requests that were due in it. */
  readonly due: number;
  /** How those ended. */
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Those of them that were answered, right or wrong: what the percentiles are of. */
  readonly answers: number;
  /** Null: too few answers, see `leastAnswers`. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  /** Of all of them, how much after its due moment a request was sent. Null: none was due. */
  readonly slipP50Ms: number | null;
  readonly slipP99Ms: number | null;
  readonly slipMaxMs: number | null;
}

/** Requests by the moments of three things that happen to each. Times are from the end of the warm-up. */
export interface FlowWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly due: number;
  readonly sent: number;
  /** Answers that came, right or wrong. */
  readonly answered: number;
  /** Requests that ended without an answer. */
  readonly unanswered: number;
}

/** A percentile of fewer answers than these is the largest of them, or nearly so, and is left out. */
export const leastAnswers = { p50: 5, p90: 20, p99: 100 } as const;

const niceMs = [
  ...[10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000],
  ...[600_000, 900_000, 1_800_000, 3_600_000],
];
/** More windows than these are a smear at the width of a chart. */
const mostWindows = 150;
/** Fewer say nothing about time. */
const fewestWindows = 10;
/** So many answers make a window's p99 worth its line. */
const goodAnswers = 200;

/** A second, or more where there would be too many windows, or less in a run of seconds. */
export function flowWidthMs(spanMs: number): number {
  const fits = niceMs.filter((width) => spanMs / width <= mostWindows);
  const least = fits[0] ?? niceMs.at(-1)!;
  return least >= 1000 ? least : (fits.findLast((w) => w <= 1000 && spanMs / w >= fewestWindows) ?? least);
}

/** The shortest windows in which enough answers lie on average, of at least ten in a run. */
export function percentileWidthMs(spanMs: number, answers: number): number {
  const least = flowWidthMs(spanMs);
  const wide = niceMs.filter((width) => width >= least && spanMs / width >= fewestWindows);
  return wide.find((width) => (answers * width) / spanMs >= goodAnswers) ?? wide.at(-1) ?? least;
}

/** Ends of equal windows over a span; the last takes what is left, half to one and a half times as long. */
export function windowEdges(spanMs: number, widthMs: number): number[] {
  const count = Math.max(1, Math.round(spanMs / widthMs));
  return Array.from({ length: count + 1 }, (_, edge) => (edge === count ? spanMs : edge * widthMs));
}

interface Bin {
  readonly counts: Record<Outcome, number>;
  readonly latencies: number[];
  readonly slips: number[];
}

/** The windows of a run up to the last due moment. */
export function loadWindows(run: LoadRun, spanMs: number, widthMs: number): LoadWindow[] {
  const edges = windowEdges(spanMs, widthMs);
  const bins = edges.slice(1).map(
    (): Bin => ({
      counts: Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>,
      latencies: [],
      slips: [],
    }),
  );
  for (const { dueMs, sentMs, endMs, outcome } of countedRows(run)) {
    const bin = bins[placeOf(dueMs - run.countFromMs, widthMs, bins.length)]!;
    bin.counts[outcome]++;
    bin.slips.push(sentMs - dueMs);
    if (isAnswer(outcome)) bin.latencies.push(endMs - dueMs);
  }
  return bins.map((bin, index) => windowOf(bin, edges[index]!, edges[index + 1]!));
}

function windowOf({ counts, latencies, slips }: Bin, fromMs: number, toMs: number): LoadWindow {
  const sorted = latencies.length === 0 ? null : sortSamples(latencies);
  const late = slips.length === 0 ? null : sortSamples(slips);
  const at = (name: keyof typeof leastAnswers, q: number): number | null =>
    sorted === null || sorted.length < leastAnswers[name] ? null : quantile(sorted, q);
  return {
    fromMs,
    toMs,
    due: slips.length,
    counts,
    answers: latencies.length,
    p50Ms: at('p50', 0.5),
    p90Ms: at('p90', 0.9),
    p99Ms: at('p99', 0.99),
    slipP50Ms: late && quantile(late, 0.5),
    slipP99Ms: late && quantile(late, 0.99),
    slipMaxMs: late && last(late),
  };
}

/** Counts of what was due, sent and answered when, over the whole window of the run. */
export function flowWindows(run: LoadRun, spanMs: number, widthMs: number): FlowWindow[] {
  const edges = windowEdges(spanMs, widthMs);
  const bins = edges.slice(1).map(() => ({ due: 0, sent: 0, answered: 0, unanswered: 0 }));
  const at = (ms: number): (typeof bins)[number] =>
    bins[placeOf(ms - run.countFromMs, widthMs, bins.length)]!;
  for (const { dueMs, sentMs, endMs, outcome } of countedRows(run)) {
    at(dueMs).due++;
    at(sentMs).sent++;
    if (Number.isNaN(endMs)) continue;
    if (isAnswer(outcome)) at(endMs).answered++;
    else at(endMs).unanswered++;
  }
  return bins.map((bin, index) => ({ fromMs: edges[index]!, toMs: edges[index + 1]!, ...bin }));
}

function placeOf(ms: number, widthMs: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(ms / widthMs)));
}

const last = (sorted: SortedSamples): number => sorted.at(-1)!;
