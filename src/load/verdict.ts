import { mostRequests } from './arrivals/most-requests.ts';
import type { LoadRun } from './run-load.ts';
import type { LoadSummary } from './summary.ts';
import { judgeThreshold, type Metric, type Threshold, type ThresholdResult } from './thresholds.ts';

/** Beyond these the generator, not the server, is what was measured. */
export const keepUpRule = {
  /** The 99th percentile of how late requests were sent, in ms … */
  slipP99Ms: 2,
  /** … or this share of the median latency, where that is more. */
  slipShare: 0.05,
  /** Share of the time in which the generator's thread was busy. */
  busyShare: 0.95,
};

/** What a run says of itself. */
export interface LoadVerdict {
  /** Every threshold holds. */
  readonly passed: boolean;
  readonly thresholds: readonly ThresholdResult[];
  /** Whether the generator sent what it should, when it should. */
  readonly generatorKeptUp: boolean;
  /** What a reader must know about these numbers, a sentence each. */
  readonly notes: readonly string[];
}

/** Judges a run: first the generator, then the server by the thresholds. */
export function judgeRun(
  run: LoadRun,
  summary: LoadSummary,
  thresholds: readonly Threshold[],
  { open }: { readonly open: boolean },
): LoadVerdict {
  const behind = generatorProblems(run, summary);
  const results = thresholds.map((threshold) =>
    judgeThreshold(threshold, (metric) => metricOf(summary, metric), summary.sent),
  );
  return {
    passed: results.every(({ failed }) => !failed),
    thresholds: results,
    generatorKeptUp: behind.length === 0,
    notes: [
      ...behind.map(
        (problem) =>
          `The generator could not keep up: ${problem}. These latencies are not the server's alone.`,
      ),
      ...(open
        ? []
        : [
            'This is a closed loop: a slow server was sent less, so its latencies are those of this many clients and of no rate.',
          ]),
      ...gaps(run, summary),
    ],
  };
}

function generatorProblems({ busyShare }: LoadRun, { slipMs, latencyMs }: LoadSummary): string[] {
  const limit = Math.max(keepUpRule.slipP99Ms, keepUpRule.slipShare * (latencyMs?.p50 ?? 0));
  return [
    ...(slipMs !== null && slipMs.p99 > limit
      ? [
          `1 % of the requests were sent more than ${slipMs.p99.toFixed(1)} ms late, and ${limit.toFixed(1)} ms are allowed`,
        ]
      : []),
    ...(busyShare > keepUpRule.busyShare
      ? [`its thread was busy ${(busyShare * 100).toFixed(0)} % of the time`]
      : []),
  ];
}

/** What the percentiles leave out. */
function gaps(run: LoadRun, { sent, counts }: LoadSummary): string[] {
  const without = counts.refused + counts.failed + counts.timedOut + counts.lost + counts.abandoned;
  return [
    ...(run.recorder.count >= mostRequests && run.isMerged !== true
      ? [`It ended early, after the ${mostRequests} requests that one run may have.`]
      : []),
    ...(run.interrupted ? ['The run was interrupted; these are the numbers up to then.'] : []),
    ...(without > 0
      ? [
          `${without} of ${sent} requests had no answer and so no latency; the percentiles are those of the answers.`,
        ]
      : []),
    ...(run.waitedForConnection > 0
      ? [
          `${run.waitedForConnection} requests waited for a free connection; that time is part of their latency. More --connections would let them go.`,
        ]
      : []),
  ];
}

/** A metric of the thresholds; null where it is not known. */
export function metricOf(
  { latencyMs, slipMs, counts, ...summary }: LoadSummary,
  metric: Metric,
): number | null {
  switch (metric) {
    case 'slip':
      return slipMs?.p99 ?? null;
    case 'rate':
      return summary.answersPerSecond;
    case 'goodput':
      return summary.goodputPerSecond;
    case 'items':
      return summary.itemsPerSecond;
    case 'errors':
      return summary.sent - counts.ok - counts.late - counts.abandoned;
    case 'timeouts':
      return counts.timedOut;
    case 'refused':
    case 'late':
    case 'wrong':
    case 'failed':
    case 'lost':
      return counts[metric];
    default:
      return latencyMs?.[metric] ?? null;
  }
}
