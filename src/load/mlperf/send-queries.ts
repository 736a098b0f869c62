import { runOpenLoop } from '../open-loop.ts';
import type { Traffic } from '../traffic.ts';
import { endingAfter, endingOfAll } from './ending.ts';
import type { Ending } from './facts.ts';
import type { PreparedRun } from './prepare.ts';

/** How queries are sent. */
export interface Sending {
  readonly traffic: Traffic;
  /** Starts the clock of the run; gives that moment on the clock of `performance.now()`. */
  readonly begin: () => number;
  /** Most requests under way in the Offline scenario, whose query holds more samples than a server takes at once. */
  readonly window: number;
  readonly signal: AbortSignal;
}

/** Sends the queries of a run by the rules of its scenario; resolves when the last is sent, with the reason why it is the last. */
export async function sendQueries(run: PreparedRun, sending: Sending): Promise<Ending> {
  const ending = await send(run, sending);
  return sending.signal.aborted ? 'interrupted' : ending;
}

function send(run: PreparedRun, sending: Sending): Promise<Ending> {
  switch (run.settings.scenario) {
    case 'Server':
      return sendSchedule(run, sending);
    case 'Offline':
      return sendAll(run, sending);
    case 'SingleStream':
    case 'MultiStream':
      return sendStream(run, sending);
  }
}

/** Each query when it is due. Where the run ends early is known before: the schedule's moments decide it. */
async function sendSchedule({ settings, queries }: PreparedRun, sending: Sending): Promise<Ending> {
  const { traffic, begin, signal } = sending;
  const { count, ending } = cut(settings, queries.dueNs);
  const dueMs = queries.dueNs.subarray(0, count).map((ns) => ns / 1e6);
  await runOpenLoop({ dueMs, firstCounted: 0, payloads: queries.samples }, traffic, begin, signal);
  return ending;
}

function cut(
  settings: PreparedRun['settings'],
  dueNs: Float64Array,
): { readonly count: number; readonly ending: Ending } {
  for (let count = 1; count <= dueNs.length; count++) {
    const ending = endingAfter(settings, count, dueNs[count - 1]!);
    if (ending !== null) return { count, ending };
  }
  return { count: dueNs.length, ending: endingOfAll(settings) };
}

/** One query, its answer, the next query. */
async function sendStream({ settings, queries }: PreparedRun, sending: Sending): Promise<Ending> {
  const { traffic, begin, signal } = sending;
  const { samplesPerQuery, samples, dueNs } = queries;
  begin();
  for (let query = 0; query < dueNs.length && !signal.aborted; query++) {
    const from = query * samplesPerQuery;
    const atMs = traffic.now();
    const answered = sendTogether(traffic, atMs, samples.subarray(from, from + samplesPerQuery));
    const ending = endingAfter(settings, query + 1, atMs * 1e6);
    if (ending !== null) return ending;
    await orAborted(answered, signal);
  }
  return endingOfAll(settings);
}

/** The samples of one query, each a request of its own, all due now. */
function sendTogether(traffic: Traffic, dueMs: number, samples: Uint32Array): Promise<void> {
  return new Promise((settle) => {
    let left = samples.length;
    const onEnd = (): void => {
      left--;
      if (left === 0) settle();
    };
    for (const sample of samples) traffic.send(dueMs, onEnd, sample);
  });
}

function orAborted(something: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      settle();
    };
    signal.addEventListener('abort', end, { once: true });
    void something.then(end);
  });
}

/** The one query: all its samples are due at the start, and are handed over as the window has room. */
async function sendAll({ settings, queries }: PreparedRun, sending: Sending): Promise<Ending> {
  const { traffic, begin, window, signal } = sending;
  const { samples } = queries;
  begin();
  await new Promise<void>((settle) => {
    signal.addEventListener('abort', () => settle(), { once: true });
    let next = 0;
    const sendNext = (): void => {
      if (next < samples.length && !signal.aborted) traffic.send(0, sendNext, samples[next++]!);
      if (next === samples.length) settle();
    };
    for (let slot = 0; slot < Math.min(window, samples.length); slot++) sendNext();
  });
  return endingAfter(settings, 1, 0) ?? endingOfAll(settings);
}
