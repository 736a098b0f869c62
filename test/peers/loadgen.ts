import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bareSettings, type MlperfSettings, type Scenario } from '../../src/load/mlperf/settings.ts';

/** A test of the real LoadGen against a system that only takes time. */
export interface LoadGenJob {
  readonly scenario: Scenario;
  /** Samples in the library, and in the performance set. */
  readonly library: readonly [total: number, performance: number];
  /** Fields of LoadGen's `TestSettings` by their own names; seeds as text. */
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  /** How long each query takes, in µs, again and again; empty: no time. */
  readonly delaysUs: readonly number[];
}

/** What the real LoadGen did and said. */
export interface LoadGenRecord {
  readonly job: LoadGenJob;
  readonly summary: string;
  /** Keys of the detail log with their values as text, in order; warnings are left out, which come and go with the machine. */
  readonly detail: readonly (readonly [key: string, value: string])[];
  /** The first line of the detail log, and a begin, an end, a counter and the last lines of the trace: their formats. */
  readonly lines: readonly string[];
  /** Of each sample, from the trace: its number in the library, its query's number, and moments in ns. */
  readonly samples: readonly number[];
  readonly queries: readonly number[];
  /** From the query before; of the first, from the first step of LoadGen's loop, which follows the start by less than a µs. */
  readonly dueStepsNs: readonly number[];
  /** From the due moment of its query. */
  readonly issueNs: readonly number[];
  readonly latenciesNs: readonly number[];
}

const script = resolve(import.meta.dirname, 'loadgen_run.py');

/** Runs a job. @param command `scripts/peers/loadgen.sh`. Throws where LoadGen fails. */
export function runLoadGen(command: string, job: LoadGenJob): LoadGenRecord {
  const folder = mkdtempSync(join(tmpdir(), 'thinfer-loadgen-'));
  try {
    const file = join(folder, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    const { status, stderr } = spawnSync(command, [script, file, folder], {
      encoding: 'utf8',
      cwd: folder,
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`LoadGen ended with ${status}: ${stderr}`);
    return recordOf(job, (name) => readFileSync(join(folder, `mlperf_log_${name}`), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function recordOf(job: LoadGenJob, read: (name: string) => string): LoadGenRecord {
  const detail = read('detail.txt');
  const trace = read('trace.json');
  const rows = [...trace.matchAll(samplePattern)]
    .map(([, time, sample, query, index, issue, complete]) => ({
      dueNs: Math.round(Number(time) * 1000),
      ...{ sample: Number(sample), query: Number(query), index: Number(index) },
      ...{ issueNs: Number(issue), latencyNs: Number(complete) },
    }))
    .toSorted((a, b) => a.sample - b.sample);
  return {
    job,
    summary: read('summary.txt'),
    detail: detailOf(detail),
    lines: [detail.split('\n')[0]!, ...traceLines(trace)],
    samples: rows.map(({ index }) => index),
    queries: rows.map(({ query }) => query),
    dueStepsNs: rows.map(({ dueNs }, at) => dueNs - (rows[at - 1]?.dueNs ?? startOf(job, trace, dueNs))),
    issueNs: rows.map(({ issueNs }) => issueNs),
    latenciesNs: rows.map(({ latencyNs }) => latencyNs),
  };
}

/** In the Server and Offline scenarios the first query is due at the start. */
function startOf({ scenario }: LoadGenJob, trace: string, firstDueNs: number): number {
  if (scenario === 'Server' || scenario === 'Offline') return firstDueNs;
  const loops = trace.matchAll(/"SampleLoop","ph":"X","pid":\d+,"tid":\d+,"ts":([\d.]+)/g);
  return Math.min(...[...loops].map(([, time]) => Math.round(Number(time) * 1000)));
}

const samplePattern =
  /"Sample","cat":"default","ph":"b","pid":\d+,"id":\d+,"ts":([\d.]+),"args":\{"sample_seq":(\d+),"query_seq":(\d+),"sample_idx":(\d+),"issue_start_ns":(-?\d+),"complete_ns":(\d+)\}/g;

/** Keys and values of a detail log, without warnings. */
export function detailOf(text: string): [key: string, value: string][] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.includes('"is_warning": true'))
    .map((line) => {
      const [, key = '', value = ''] = /"key": "(.*?)", "value": (.*), "time_ms"/.exec(line) ?? [];
      return [key, shortened(value)];
    });
}

const longValue = 4000;

/** Long values, such as a large set of samples, are compared by their digest. */
export function shortened(value: string): string {
  return value.length < longValue ? value : createHash('sha256').update(value).digest('hex');
}

/** A line of each kind of a trace that tells of samples, and its end. */
export function traceLines(text: string): string[] {
  const lines = text.split('\n');
  const first = (part: string): string[] => lines.filter((line) => line.includes(part)).slice(0, 1);
  return [
    ...lines.slice(0, 1),
    ...['"GenerateLoadableSets"', '"GenerateQueries"', '"ph": "C"', '"ph":"b"', '"ph":"e"'].flatMap(first),
    ...lines.slice(lines.indexOf('{"name":"LastTrace"}')),
  ];
}

/** LoadGen's names of its settings, and ours. */
export const settingNames: Readonly<Record<string, keyof MlperfSettings>> = {
  single_stream_expected_latency_ns: 'singleStreamExpectedLatencyNs',
  single_stream_target_latency_percentile: 'singleStreamTargetLatencyPercentile',
  multi_stream_expected_latency_ns: 'multiStreamExpectedLatencyNs',
  multi_stream_target_latency_percentile: 'multiStreamTargetLatencyPercentile',
  multi_stream_samples_per_query: 'multiStreamSamplesPerQuery',
  server_target_qps: 'serverTargetQps',
  server_target_latency_ns: 'serverTargetLatencyNs',
  server_target_latency_percentile: 'serverTargetLatencyPercentile',
  offline_expected_qps: 'offlineExpectedQps',
  min_duration_ms: 'minDurationMs',
  max_duration_ms: 'maxDurationMs',
  min_query_count: 'minQueryCount',
  max_query_count: 'maxQueryCount',
  qsl_rng_seed: 'qslRngSeed',
  sample_index_rng_seed: 'sampleIndexRngSeed',
  schedule_rng_seed: 'scheduleRngSeed',
  performance_issue_unique: 'performanceIssueUnique',
  performance_issue_same: 'performanceIssueSame',
  performance_issue_same_index: 'performanceIssueSameIndex',
  performance_sample_count_override: 'performanceSampleCountOverride',
  sample_concatenate_permutation: 'sampleConcatenatePermutation',
};

/** The job in our own words. */
export function settingsOfJob({ scenario, settings }: LoadGenJob): MlperfSettings {
  const own = Object.entries(settings).map(([name, value]) => [
    settingNames[name]!,
    typeof value === 'string' ? BigInt(value) : value,
  ]);
  return { ...bareSettings, scenario, ...Object.fromEntries(own) } as MlperfSettings;
}
