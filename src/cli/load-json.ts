import type { LoadRun, LoadSummary, LoadVerdict } from '../load/index.ts';
import { isOpen, type LoadFlags } from './load-flags.ts';

/** The document of `thinfer load --json`; its fields are in docs/json.md. */
export function loadToJson(
  url: string,
  flags: LoadFlags,
  items: readonly number[],
  run: LoadRun,
  summary: LoadSummary,
  verdict: LoadVerdict,
): object {
  const open = isOpen(flags);
  const { counts, kinds, wrong, slipMs, latencyMs, retryAfter } = summary;
  return {
    target: { url, protocol: flags.protocol, model: flags.model, version: flags.modelVersion ?? null },
    load: {
      loop: open ? 'open' : 'closed',
      arrivals: open ? flags.arrivals.text : null,
      rate: flags.rate ?? null,
      concurrency: flags.concurrency ?? null,
      thinkMs: open ? null : (flags.think ?? 0),
      items,
      warmupMs: flags.warmup,
      deadlineMs: flags.deadline ?? null,
      timeoutMs: flags.timeout,
      verified: flags.verify,
      seed: flags.seed,
    },
    startedAt: run.startedAt.toISOString(),
    interrupted: run.interrupted,
    windowMs: summary.windowMs,
    sent: summary.sent,
    sentPerSecond: summary.sentPerSecond,
    outcomes: counts,
    refusedWithRetryAfter: retryAfter,
    errors: kinds,
    wrongAnswers: wrong,
    answersPerSecond: summary.answersPerSecond,
    itemsPerSecond: summary.itemsPerSecond,
    goodputPerSecond: summary.goodputPerSecond,
    latencyMs,
    generator: {
      keptUp: verdict.generatorKeptUp,
      slipMs,
      busyShare: run.busyShare,
      eventLoopDelayP99Ms: run.eventLoopDelayP99Ms,
      waitedForConnection: run.waitedForConnection,
    },
    perSecond: summary.perSecond,
    thresholds: verdict.thresholds,
    passed: verdict.passed,
    notes: verdict.notes,
  };
}
