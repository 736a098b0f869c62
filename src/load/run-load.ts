import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { ThinferError } from '../errors.ts';
import { type Extent, makeSchedule } from './arrivals/arrivals.ts';
import { mostRequests } from './arrivals/most-requests.ts';
import type { Shape } from './arrivals/shape.ts';
import { runClosedLoop } from './closed-loop.ts';
import { runOpenLoop } from './open-loop.ts';
import type { Answer, Reply } from './outcome.ts';
import { Recorder } from './recorder.ts';
import { type Tolerance, Verifier } from './requests/verifier.ts';
import type { Target } from './targets/target.ts';
import { Traffic, type WrongAnswer } from './traffic.ts';

/** How load arises. */
export type Loop =
  | { readonly kind: 'open'; readonly shape: Shape }
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
  readonly p99Ms: number | null;
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
}

/** How long answers are waited for after an interrupt. */
export const interruptGraceMs = 2000;
const progressMs = 250;
const delayResolutionMs = 10;

/** Drives a target and records every request. Throws where the answers to verify against can't be had. */
export async function runLoad(options: LoadOptions): Promise<LoadRun> {
  const { target, extent, loop, signal } = options;
  // Before anything is sent: what is wrong with the rate is known now.
  const schedule = loop.kind === 'open' ? makeSchedule(loop.shape, options.seed, extent) : null;
  const verifier = options.verify === null ? null : await referencesOf(options, options.verify);
  const recorder = new Recorder(schedule?.dueMs.length ?? 4096);
  const traffic = new Traffic({ ...options, recorder, verifier, countFromMs: extent.warmupMs });
  const gauge = startGauge(traffic, options);
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
      waitedForConnection: target.waited,
      ...gauge.read(),
    };
  } finally {
    gauge.stop();
    traffic.close();
  }
}

/** Until everything has an answer or has timed out; after an interrupt, a short time. */
async function drain(traffic: Traffic, { signal, timeoutMs }: LoadOptions): Promise<void> {
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

interface Gauge {
  begin(): number;
  read(): Pick<LoadRun, 'startedAt' | 'busyShare' | 'eventLoopDelayP99Ms'>;
  stop(): void;
}

/** Watches the generator itself, and reports progress. */
function startGauge(traffic: Traffic, { extent, onProgress }: LoadOptions): Gauge {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  let startedAt = new Date();
  let before = performance.eventLoopUtilization();
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    const { sent, bad, pending, live } = traffic;
    const ofTime = traffic.now() / (extent.warmupMs + extent.durationMs);
    const share = Math.min(1, Math.max(ofTime, sent / extent.requests));
    const p99Ms = live.totalCount === 0 ? null : live.getValueAtPercentile(99) / 1000;
    onProgress?.({ share, sent, bad, pending, p99Ms });
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
