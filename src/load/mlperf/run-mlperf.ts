import { ThinferError } from '../../errors.ts';
import { mostRequests } from '../arrivals/most-requests.ts';
import { runClosedLoop } from '../closed-loop.ts';
import { Recorder } from '../recorder.ts';
import { drain, type LoadProgress, type LoadRun, startGauge } from '../run-load.ts';
import { isAnswer } from '../summary.ts';
import type { Target } from '../targets/target.ts';
import { Traffic } from '../traffic.ts';
import { type Ending, factsOf, type MlperfRecord } from './facts.ts';
import { judgePerformance, type MlperfResult } from './performance.ts';
import type { PreparedRun } from './prepare.ts';
import { sendQueries } from './send-queries.ts';

/** How a prepared run is made. */
export interface MlperfOptions {
  /** Its prepared requests are the samples of the library. */
  readonly target: Target;
  /** Before the run one request after the other is sent for so long, and not counted; 0: none. LoadGen leaves this to the system. */
  readonly warmupMs: number;
  /** Most requests under way in the Offline scenario. */
  readonly window: number;
  readonly deadlineMs: number | null;
  /** From the sending of a sample. */
  readonly timeoutMs: number;
  /** Ends the sending. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** What a run left behind, and the verdict over it. */
export interface MlperfRun {
  /** As any run of load: its requests, and how the generator did. */
  readonly run: LoadRun;
  readonly record: MlperfRecord;
  readonly result: MlperfResult;
  /** On the clock of `performance.now()`. */
  readonly startMs: number;
}

/** Warms up, sends the queries, waits for the answers and judges. Throws `interrupted` where it was ended before its first query. */
export async function runMlperf(prepared: PreparedRun, options: MlperfOptions): Promise<MlperfRun> {
  const { target, signal } = options;
  await warmUp(options);
  if (signal.aborted) throw new ThinferError('interrupted', 'interrupted before anything was measured');
  const recorder = new Recorder(expectedSamples(prepared));
  const traffic = new Traffic({ ...options, ...unused, recorder, countFromMs: 0 });
  const gauge = startGauge(traffic, { ...options, extent: extentOf(prepared) });
  const waitedBefore = target.waited;
  let startMs = 0;
  const begin = (): number => {
    startMs = gauge.begin();
    traffic.start(startMs);
    return startMs;
  };
  try {
    const ending = await sendQueries(prepared, { ...options, traffic, begin });
    await drain(traffic, options);
    const run: LoadRun = {
      recorder,
      countFromMs: 0,
      endMs: traffic.now(),
      interrupted: signal.aborted,
      wrong: [],
      waitedForConnection: target.waited - waitedBefore,
      ...gauge.read(),
    };
    const record = recordOf(prepared, recorder, ending);
    const result = judgePerformance(prepared.settings, factsOf(prepared.settings, prepared.queries, record));
    return { run, record, result, startMs };
  } finally {
    gauge.stop();
    traffic.close();
  }
}

/** Which sample is sent next stands in the queries; answers are not compared. */
const unused = { nextPayload: (): number => 0, verifier: null };

async function warmUp({ warmupMs, ...options }: MlperfOptions): Promise<void> {
  if (warmupMs === 0) return;
  const extent = { warmupMs: 0, durationMs: warmupMs, requests: Number.POSITIVE_INFINITY };
  const traffic = new Traffic({ ...options, ...unused, recorder: new Recorder(1024), countFromMs: 0 });
  const begin = (): number => {
    const epochMs = performance.now();
    traffic.start(epochMs);
    return epochMs;
  };
  try {
    const loop = { concurrency: 1, thinkMs: 0, extent, most: mostRequests };
    await runClosedLoop(loop, traffic, begin, options.signal);
  } finally {
    traffic.close();
  }
}

function expectedSamples({ settings, queries }: PreparedRun): number {
  // A stream prepares twice what it should need.
  const isStream = settings.scenario === 'SingleStream' || settings.scenario === 'MultiStream';
  return Math.ceil(queries.samples.length / (isStream ? 2 : 1));
}

/** For the share of the run that is done. */
function extentOf({ settings, queries }: PreparedRun): LoadExtent {
  const { scenario, minDurationMs } = settings;
  const isServer = scenario === 'Server';
  return {
    warmupMs: 0,
    durationMs: isServer
      ? Math.max(1, queries.dueNs.at(-1)! / 1e6)
      : scenario === 'Offline'
        ? Number.POSITIVE_INFINITY
        : Math.max(1, minDurationMs),
    requests: queries.samples.length,
  };
}

type LoadExtent = Parameters<typeof startGauge>[1]['extent'];

/** From ms with their fractions to whole ns. */
const toNs = (ms: number): number => Math.round(ms * 1e6);

function recordOf({ settings, queries }: PreparedRun, recorder: Recorder, ending: Ending): MlperfRecord {
  const { samplesPerQuery } = queries;
  const queriesIssued = Math.ceil(recorder.count / samplesPerQuery);
  const dueNs = new Float64Array(queriesIssued);
  const issuedNs = new Float64Array(queriesIssued);
  const doneNs = new Float64Array(queriesIssued * samplesPerQuery).fill(Number.NaN);
  for (let sample = 0; sample < recorder.count; sample++) {
    const { dueMs, sentMs, endMs, outcome } = recorder.row(sample);
    const query = Math.floor(sample / samplesPerQuery);
    if (sample % samplesPerQuery === 0) {
      dueNs[query] = toNs(dueMs);
      // A stream's query is due when it is sent.
      const isStream = settings.scenario === 'SingleStream' || settings.scenario === 'MultiStream';
      issuedNs[query] = isStream ? dueNs[query]! : toNs(sentMs);
    }
    if (isAnswer(outcome)) doneNs[sample] = toNs(endMs);
  }
  return { queriesIssued, samplesPerQuery, dueNs, issuedNs, doneNs, ending };
}
