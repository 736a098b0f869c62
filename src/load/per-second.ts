import { quantile, sortSamples } from '../stats/index.ts';
import type { RequestRow } from './recorder.ts';

/** A second of a run, from the end of the warm-up on. */
export interface Second {
  /** 0 is the first. */
  readonly second: number;
  /** Requests sent in it. */
  readonly sent: number;
  /** Right answers within the deadline that came in it. */
  readonly ok: number;
  /** Requests that ended in it in any other way. */
  readonly bad: number;
  /** Of the answers that came in it, right or wrong; null: none came. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

interface Bin {
  sent: number;
  ok: number;
  bad: number;
  latencies: number[];
}

/** What happened in each second. A request is sent in one and may end in another. */
export function perSecond(rows: Iterable<RequestRow>, fromMs: number, toMs: number): Second[] {
  const bins = Array.from(
    { length: Math.max(1, Math.ceil((toMs - fromMs) / 1000)) },
    (): Bin => ({ sent: 0, ok: 0, bad: 0, latencies: [] }),
  );
  const at = (ms: number): Bin =>
    bins[Math.min(bins.length - 1, Math.max(0, Math.floor((ms - fromMs) / 1000)))]!;
  for (const { dueMs, sentMs, endMs, outcome } of rows) {
    at(sentMs).sent++;
    if (Number.isNaN(endMs)) continue;
    const bin = at(endMs);
    if (outcome === 'ok') bin.ok++;
    else bin.bad++;
    if (outcome === 'ok' || outcome === 'late' || outcome === 'wrong') bin.latencies.push(endMs - dueMs);
  }
  return bins.map(({ latencies, ...bin }, second) => {
    const sorted = latencies.length === 0 ? null : sortSamples(latencies);
    return {
      second,
      ...bin,
      p50Ms: sorted === null ? null : quantile(sorted, 0.5),
      p99Ms: sorted === null ? null : quantile(sorted, 0.99),
    };
  });
}
