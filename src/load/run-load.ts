import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { ThinferError } from '../errors.ts';
import { type Extent, makeSchedule, type Schedule } from './arrivals/arrivals.ts';
import { mostRequests } from './arrivals/most-requests.ts';
import type { Shape } from './arrivals/shape.ts';
import { runClosedLoop } from './closed-loop.ts';
import { runOpenLoop } from './open-loop.ts';
import type { Answer, Outcome, Reply } from './outcome.ts';
import type { RecentLoad } from './recent.ts';
import { Recorder } from './recorder.ts';
import { type Tolerance, Verifier } from './requests/verifier.ts';
import type { Target } from './targets/target.ts';
import { type PayloadSchedule, type PlayedTrace, traceSchedule } from './trace/play-trace.ts';
import { Traffic, type WrongAnswer } from './traffic.ts';

/** How load arises. */
export type Loop =
  | { readonly kind: 'open'; readonly shape: Shape }
  /** Open as well: the requests of a trace, each when it came. */
  | { readonly kind: 'trace'; readonly played: PlayedTrace }
  | { readonly kind: 'closed'; readonly concurrency: number; readonly thinkMs: number };

/** One run. */
export interface LoadOptions {
  readonly target: Target;
  /** How many requests the target has prepared. */
  readonly payloads: number;
  readonly nextPayload: () => number;
  readonly loop: Loop;
  readonly extent: Extent;
  readonly seed: number;
  readonly deadlineMs: number | null;
  readonly timeoutMs: number;
  /** Null: answers are not verified. */
  readonly verify: Tolerance | null;
  /** Ends the sending; what is under way is waited for a short time. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** How far a run is. */
export interface LoadProgress {
  /** 0 … 1 of the whole run with its warm-up. */
  readonly share: number;
  readonly sent: number;
  readonly bad: number;
  readonly pending: number;
  /** Of all counted answers so far; null before the first. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** How counted requests ended so far. */
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Of all requests of the last seconds, those of the warm-up too. */
  readonly recent: RecentLoad;
  /** Requests per second that were due in that time; null where there is no schedule. */
  readonly duePerSecond: number | null;
}

/** What a run left behind. */
export interface LoadRun {
  readonly recorder: Recorder;
  readonly startedAt: Date;
  /** Requests due from here on count, in ms from the start. */
  readonly countFromMs: number;
  /** When the last request had ended or was given up. */
  readonly endMs: number;
  readonly interrupted: boolean;
  readonly wrong: readonly WrongAnswer[];
  /** Share of the time in which the generator's thread was busy. */
  readonly busyShare: number;
  /** The 99th percentile of how late the event loop's own timer was. */
  readonly eventLoopDelayP99Ms: number;
  /** Requests that waited for a free connection. */
  readonly waitedForConnection: number;
  /** Whether it is that of several generators. */
  readonly isMerged?: boolean;
}

/** How long answers are waited for after an interrupt. */
export const interruptGraceMs = 2000;
const progressMs = 250;
const delayResolutionMs = 10;

/** Drives a target and records every request. Throws where the answers to verify against can't be had. */
export async function runLoad(options: LoadOptions): Promise<LoadRun> {
  const { target, extent, loop, signal } = options;
  // Before anything is sent: what is wrong with the rate is known now.
  const schedule = scheduleOf(options);
  const verifier = options.verify === null ? null : await referencesOf(options, options.verify);
  const recorder = new Recorder(schedule?.dueMs.length ?? 4096);
  const traffic = new Traffic({ ...options, recorder, verifier, countFromMs: extent.warmupMs });
  const gauge = startGauge(traffic, options, schedule);
  const waitedBefore = target.waited;
  try {
    const begin = (): number => {
      const epochMs = gauge.begin();
      traffic.start(epochMs);
      return epochMs;
    };
    if (schedule !== null) await runOpenLoop(schedule, traffic, begin, signal);
    else if (loop.kind === 'closed')
      await runClosedLoop({ ...loop, extent, most: mostRequests }, traffic, begin, signal);
    await drain(traffic, options);
    return {
      recorder,
      countFromMs: extent.warmupMs,
      endMs: traffic.now(),
      interrupted: signal.aborted,
      wrong: traffic.wrong,
      waitedForConnection: target.waited - waitedBefore,
      ...gauge.read(),
    };
  } finally {
    gauge.stop();
    traffic.close();
  }
}

/** Null: clients send when they have an answer. */
function scheduleOf({ loop, seed, extent }: LoadOptions): Schedule | PayloadSchedule | null {
  switch (loop.kind) {
    case 'open':
      return makeSchedule(loop.shape, seed, extent);
    case 'trace':
      return traceSchedule(loop.played, extent.warmupMs);
    case 'closed':
      return null;
  }
}

/** Until everything has an answer or has timed out; after an interrupt, a short time. */
export async function drain(
  traffic: Traffic,
  { signal, timeoutMs }: Pick<LoadOptions, 'signal' | 'timeoutMs'>,
): Promise<void> {
  const idle = traffic.idle();
  // The sweep for time-outs ends each request in time; the bound is for a bug in it.
  if (!signal.aborted) await atMost(idle, timeoutMs + 5000, signal);
  if (signal.aborted) await atMost(idle, interruptGraceMs, null);
}

/** Waits for something, a time, or a signal, whichever is first. */
function atMost(something: Promise<void>, ms: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((settle) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      settle();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    void something.then(end);
  });
}

/** The answers to every prepared request, one at a time. */
async function referencesOf(options: LoadOptions, tolerance: Tolerance): Promise<Verifier> {
  const references: Answer[] = [];
  for (let payload = 0; payload < options.payloads; payload++) {
    const reply = await ask(options, payload);
    if (reply.state !== 'answered')
      throw new ThinferError(
        reply.state === 'failed' ? 'request-invalid' : 'unavailable',
        `--verify: the answer to input ${payload} could not be had: ${reply.kind}: ${reply.text}`,
        { remedy: 'see that the server answers one request at a time' },
      );
    references.push(reply.answer);
  }
  return new Verifier(references, tolerance);
}

function ask({ target, timeoutMs, signal }: LoadOptions, payload: number): Promise<Reply> {
  return new Promise((settle, reject) => {
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const cancel = target.send(payload, (reply) => finish(() => settle(reply)));
    const onAbort = (): void => {
      cancel();
      finish(() => reject(new ThinferError('interrupted', 'interrupted before anything was measured')));
    };
    const timer = setTimeout(() => {
      cancel();
      finish(() => settle({ state: 'lost', kind: 'time-out', text: `nothing came within ${timeoutMs} ms` }));
    }, timeoutMs);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A watch over the generator itself. */
export interface Gauge {
  /** The run begins; gives that moment on the clock of `performance.now()`. */
  begin(): number;
  read(): Pick<LoadRun, 'startedAt' | 'busyShare' | 'eventLoopDelayP99Ms'>;
  stop(): void;
}

/** How many entries of a schedule lie in a stretch of time. */
function dueIn({ dueMs }: Schedule, fromMs: number, toMs: number): number {
  const before = (ms: number): number => {
    let [low, high] = [0, dueMs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (dueMs[middle]! < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return before(toMs) - before(fromMs);
}

/** Watches the generator itself, and reports progress. */
export function startGauge(
  traffic: Traffic,
  { extent, onProgress }: Pick<LoadOptions, 'extent' | 'onProgress'>,
  schedule: Schedule | null = null,
): Gauge {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  let startedAt = new Date();
  let before = performance.eventLoopUtilization();
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    const { sent, bad, pending, live, counts } = traffic;
    const now = traffic.now();
    const ofTime = now / (extent.warmupMs + extent.durationMs);
    const share = Math.min(1, Math.max(ofTime, sent / extent.requests));
    const at = (percent: number): number | null =>
      live.count === 0 ? null : live.percentile(percent) / 1000;
    const recent = traffic.recent.read(now);
    const duePerSecond = schedule && (1000 * dueIn(schedule, now - recent.spanMs, now)) / recent.spanMs;
    onProgress?.({
      ...{ share, sent, bad, pending, counts, recent, duePerSecond },
      p50Ms: at(50),
      p99Ms: at(99),
    });
  };
  return {
    begin: () => {
      startedAt = new Date();
      before = performance.eventLoopUtilization();
      delay.enable();
      if (onProgress !== undefined) timer = setInterval(report, progressMs);
      return performance.now();
    },
    read: () => ({
      startedAt,
      busyShare: performance.eventLoopUtilization(before).utilization,
      eventLoopDelayP99Ms:
        delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - delayResolutionMs),
    }),
    stop: () => {
      clearInterval(timer);
      delay.disable();
    },
  };
}
