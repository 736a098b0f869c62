import type { LoadRun } from '../load/index.ts';
import { countedRows, isAnswer } from '../load/summary.ts';
import { type QuantilePoint, quantileCurve } from './load-distribution.ts';
import { type LatencyByRate, latencyByRate } from './load-rate-bins.ts';
import {
  type FlowWindow,
  flowWidthMs,
  flowWindows,
  type LoadWindow,
  loadWindows,
  percentileWidthMs,
} from './load-windows.ts';

/** What the charts of a load run are drawn from, computed from every counted request. */
export interface LoadEvidence {
  /** Length of each of `windows`, in ms. */
  readonly windowMs: number;
  readonly windows: readonly LoadWindow[];
  /** Length of each of `flow`, in ms. */
  readonly flowMs: number;
  readonly flow: readonly FlowWindow[];
  /** Latencies of all answers from the moment each was due. */
  readonly fromDue: readonly QuantilePoint[];
  /** The same answers from the moment each was sent. */
  readonly fromSending: readonly QuantilePoint[];
  /** How much later than due each request was sent; null in a closed loop, which has no schedule. */
  readonly slip: readonly QuantilePoint[] | null;
  /** Null in a closed loop, whose rate follows the latencies, and where the rate did not change. */
  readonly byRate: LatencyByRate | null;
}

/** So many requests at least make a rate that chance does not rule. */
const goodRequests = 20;

/** Reads a run for its charts. @param open Whether sending followed a schedule. */
export function loadEvidence(run: LoadRun, open: boolean): LoadEvidence {
  const fromDue: number[] = [];
  const fromSending: number[] = [];
  const slips: number[] = [];
  let lastDueMs = 0;
  let lastMs = 0;
  for (const { dueMs, sentMs, endMs, outcome } of countedRows(run)) {
    const sinceStart = run.countFromMs;
    lastDueMs = Math.max(lastDueMs, dueMs - sinceStart);
    lastMs = Math.max(lastMs, sentMs - sinceStart, Number.isNaN(endMs) ? 0 : endMs - sinceStart);
    slips.push(sentMs - dueMs);
    if (!isAnswer(outcome)) continue;
    fromDue.push(endMs - dueMs);
    fromSending.push(endMs - sentMs);
  }
  const dueSpanMs = Math.max(lastDueMs, 1);
  const windowMs = percentileWidthMs(dueSpanMs, fromDue.length);
  const flowMs = flowWidthMs(Math.max(lastMs, 1));
  const needMs = (goodRequests * dueSpanMs) / Math.max(1, slips.length);
  return {
    windowMs,
    windows: loadWindows(run, dueSpanMs, windowMs),
    flowMs,
    flow: flowWindows(run, Math.max(lastMs, 1), flowMs),
    fromDue: quantileCurve(fromDue),
    fromSending: quantileCurve(fromSending),
    slip: open ? quantileCurve(slips) : null,
    byRate: open ? latencyByRate(run, dueSpanMs, Math.max(flowWidthMs(dueSpanMs), needMs)) : null,
  };
}
