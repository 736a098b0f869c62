import type { LoadRun, LoadSummary, LoadVerdict } from '../load/index.ts';
import { isOpen, type LoadFlags } from './load-flags.ts';
import type { OpenedTarget } from './load-target.ts';

/** The document of `thinfer load --json`; its fields are in docs/json.md. */
export function loadToJson(
  flags: LoadFlags,
  opened: OpenedTarget,
  run: LoadRun,
  summary: LoadSummary,
  verdict: LoadVerdict,
): object {
  const open = isOpen(flags);
  const { counts, kinds, wrong, slipMs, latencyMs, retryAfter } = summary;
  return {
    target: opened.names,
    load: {
      loop: open ? 'open' : 'closed',
      arrivals: open && flags.trace === undefined ? flags.arrivals.text : null,
      trace: traceToJson(flags, opened),
      rate: flags.rate ?? null,
      concurrency: flags.concurrency ?? null,
      thinkMs: open ? null : (flags.think ?? 0),
      ...requestsToJson(flags, opened),
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

/** What every run of a command has in common. */
export function requestsToJson(flags: LoadFlags, { items }: OpenedTarget): object {
  return {
    items,
    dims: Object.entries(flags.dim).map(([name, sizes]) => ({ name, sizes })),
    warmupMs: flags.warmup,
    deadlineMs: flags.deadline ?? null,
    timeoutMs: flags.timeout,
    verified: flags.verify,
    seed: flags.seed,
  };
}

function traceToJson({ trace, speed = 1 }: LoadFlags, { played }: OpenedTarget): object | null {
  if (trace === undefined || played === null) return null;
  return { file: trace, speed, requests: played.dueMs.length };
}
