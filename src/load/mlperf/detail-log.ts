import { fixed, general } from './cpp-format.ts';
import { errorsOf, type LoggedRun } from './logged-run.ts';
import { adviceOf, type LatencyNs, reportedPercentiles } from './performance.ts';
import type { MlperfSettings } from './settings.ts';

/** A key of the detail log and its value as JSON text. */
export interface DetailEntry {
  readonly key: string;
  readonly value: string;
  /** From the start of the log. */
  readonly timeNs: number;
  readonly isError?: boolean;
}

type Pair = readonly [key: string, value: string];

const text = (value: string): string => JSON.stringify(value);

/** `mlperf_log_detail.txt`: LoadGen's keys in LoadGen's order. */
export function detailLog(run: LoggedRun, pid: number): string {
  return detailEntries(run)
    .map((entry) => `${lineOf(entry, pid)}\n`)
    .join('');
}

/** The line in LoadGen's form. Where LoadGen names its own source file and line it names thinfer and 0. */
function lineOf({ key, value, timeNs, isError = false }: DetailEntry, pid: number): string {
  const time = `${Math.floor(timeNs / 1e6)}.${String(Math.floor(timeNs % 1e6)).padStart(6, '0')}`;
  const metadata = `{"is_error": ${isError}, "is_warning": false, "file": "thinfer", "line_no": 0, "pid": ${pid}, "tid": ${pid}}`;
  return `:::MLLOG {"key": ${text(key)}, "value": ${value}, "time_ms": ${time}, "namespace": "mlperf::logging", "event_type": "POINT_IN_TIME", "metadata": ${metadata}}`;
}

/** All entries of a run. */
export function detailEntries(run: LoggedRun): DetailEntry[] {
  const { setNs, queriesNs, endNs } = run;
  const at = (timeNs: number, pairs: readonly Pair[]): DetailEntry[] =>
    pairs.map(([key, value]) => ({ key, value, timeNs }));
  return [
    ...at(0, [...about(run), ...requested(run.asked), ...effective(run)]),
    ...at(setNs[0], [['generic_message', text('Starting performance mode')]]),
    ...at(setNs[1], [['loaded_qsl_set', `[${run.set.samples.join(',')}]`]]),
    ...at(queriesNs[1], generated(run)),
    ...at(endNs, ending(run)),
    ...errorsOf(run).map(
      (error): DetailEntry => ({
        ...{ key: 'error_runtime', value: text(error), timeNs: endNs },
        isError: true,
      }),
    ),
    ...at(endNs, [...counters(), ...power(run), ...verdict(run), ...results(run), ...latencyPairs(run)]),
    ...at(endNs, [['num_errors', String(errorsOf(run).length)]]),
  ];
}

/** LoadGen says NA where it does not know how it was built. */
const unknownBuild = text('NA');

function about({ version, startedAt, sutName, libraryName, library }: LoggedRun): Pair[] {
  return [
    ['loadgen_version', text(version)],
    ['loadgen_build_date_local', unknownBuild],
    ['loadgen_build_date_utc', unknownBuild],
    ['loadgen_git_commit_date', unknownBuild],
    ['loadgen_git_log_message', unknownBuild],
    ['loadgen_git_status_message', unknownBuild],
    ['loadgen_file_sha1', '{}'],
    ['test_datetime', text(`${startedAt.toISOString().slice(0, 19)}Z`)],
    ['sut_name', text(sutName)],
    ['get_sut_name_duration_ns', '0'],
    ['qsl_name', text(libraryName)],
    ['qsl_reported_total_count', String(library.totalCount)],
    ['qsl_reported_performance_count', String(library.performanceCount)],
  ];
}

function requested(asked: MlperfSettings): Pair[] {
  const pairs: Pair[] = [
    ['scenario', text(asked.scenario)],
    ['test_mode', text('PerformanceOnly')],
    ...ofScenario(asked),
    ['min_duration_ms', String(asked.minDurationMs)],
    ['max_duration_ms', String(asked.maxDurationMs)],
    ['min_query_count', String(asked.minQueryCount)],
    ['max_query_count', String(asked.maxQueryCount)],
    ...seedsAndModes(asked),
    ['performance_sample_count_override', String(asked.performanceSampleCountOverride)],
    ['accuracy_sample_count_override', String(asked.accuracySampleCountOverride)],
    ['sample_concatenate_permutation', String(asked.sampleConcatenatePermutation)],
  ];
  return pairs.map(([key, value]) => [`requested_${key}`, value]);
}

function ofScenario(asked: MlperfSettings): Pair[] {
  switch (asked.scenario) {
    case 'SingleStream':
      return [
        ['single_stream_expected_latency_ns', general(asked.singleStreamExpectedLatencyNs)],
        ['single_stream_target_latency_percentile', general(asked.singleStreamTargetLatencyPercentile)],
      ];
    case 'MultiStream':
      return [
        ['multi_stream_expected_latency_ns', general(asked.multiStreamExpectedLatencyNs)],
        ['multi_stream_target_latency_percentile', general(asked.multiStreamTargetLatencyPercentile)],
        ['multi_stream_samples_per_query', String(asked.multiStreamSamplesPerQuery)],
      ];
    case 'Server':
      return [
        ['server_target_qps', general(asked.serverTargetQps)],
        ['server_target_latency_ns', String(asked.serverTargetLatencyNs)],
        ['server_target_latency_percentile', general(asked.serverTargetLatencyPercentile)],
        ['server_coalesce_queries', 'false'],
        ['server_find_peak_qps_decimals_of_precision', '1'],
        ['server_find_peak_qps_boundary_step_size', '1'],
        ['server_max_async_queries', '0'],
        ['server_num_issue_query_threads', '0'],
      ];
    case 'Offline':
      return [['offline_expected_qps', general(asked.offlineExpectedQps)]];
  }
}

/** What is asked for is also what is done. */
function seedsAndModes(asked: MlperfSettings): Pair[] {
  return [
    ['qsl_rng_seed', String(asked.qslRngSeed)],
    ['sample_index_rng_seed', String(asked.sampleIndexRngSeed)],
    ['schedule_rng_seed', String(asked.scheduleRngSeed)],
    ['accuracy_log_rng_seed', String(asked.accuracyLogRngSeed)],
    ['accuracy_log_probability', '0'],
    ['accuracy_log_sampling_target', '0'],
    ['print_timestamps', 'false'],
    ['performance_issue_unique', String(asked.performanceIssueUnique)],
    ['performance_issue_same', String(asked.performanceIssueSame)],
    ['performance_issue_same_index', String(asked.performanceIssueSameIndex)],
  ];
}

function effective({ asked, settings }: LoggedRun): Pair[] {
  const pairs: Pair[] = [
    ['scenario', text(settings.scenario)],
    ['test_mode', text('PerformanceOnly')],
    ['samples_per_query', String(settings.samplesPerQuery)],
    ['target_qps', general(settings.targetQps)],
    ['target_latency_ns', String(settings.targetLatencyNs)],
    ['target_latency_percentile', general(settings.targetLatencyPercentile)],
    ['max_async_queries', String(settings.maxAsyncQueries)],
    ['target_duration_ms', String(settings.targetDurationMs)],
    ['min_duration_ms', String(settings.minDurationMs)],
    ['max_duration_ms', String(settings.maxDurationMs)],
    ['min_query_count', String(settings.minQueryCount)],
    ['max_query_count', String(settings.maxQueryCount)],
    ['min_sample_count', String(settings.minSampleCount)],
    ...seedsAndModes(asked),
    ['performance_sample_count', String(settings.performanceSampleCount)],
    ['accuracy_sample_count', String(settings.accuracySampleCount)],
    ['sample_concatenate_permutation', String(asked.sampleConcatenatePermutation)],
  ];
  return pairs.map(([key, value]) => [`effective_${key}`, value]);
}

function generated({ queries: { dueNs, samplesPerQuery, durationNs } }: LoggedRun): Pair[] {
  return [
    ['generated_query_count', String(dueNs.length)],
    ['generated_samples_per_query', String(samplesPerQuery)],
    ['generated_query_duration', String(durationNs)],
  ];
}

function ending({ settings: { scenario }, record: { ending } }: LoggedRun): Pair[] {
  if (scenario === 'Server' || ending !== 'natural') return [];
  return [['generic_message', text('Ending naturally: Minimum query count and test duration met.')]];
}

/** Of LoadGen's own logger; thinfer has none that could be held up. */
function counters(): Pair[] {
  return [
    'swap_request_slots_retry_count',
    'swap_request_slots_retry_retry_count',
    'swap_request_slots_retry_reencounter_count',
    'start_reading_entries_retry_count',
    'tls_total_log_cas_fail_count',
    'tls_total_swap_buffers_slot_retry_count',
  ].map((name) => [`logger_${name}`, '0']);
}

/** From the start to the last answer, on the clock of the day, as SPEC's power logs have it. */
function power({ startedAt, record: { doneNs } }: LoggedRun): Pair[] {
  const answered = doneNs.filter((done) => !Number.isNaN(done));
  const lastNs = answered.reduce((last, done) => Math.max(last, done), 0);
  return [
    ['power_begin', text(powerTime(startedAt))],
    ['power_end', text(powerTime(new Date(startedAt.getTime() + lastNs / 1e6)))],
  ];
}

function powerTime(at: Date): string {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:.]+)Z$/.exec(at.toISOString()) ?? [];
  return `${month}-${day}-${year} ${time}`;
}

function verdict({ settings, result }: LoggedRun): Pair[] {
  const { constraintsMet, minQueriesMet, earlyStopping } = result;
  const reason = [
    ...adviceOf(settings, result).map((advice) => `${advice} `),
    ...(minQueriesMet ? [] : ['The test exited early, before enough queries were issued.']),
    ...(result.unanswered === 0 ? [] : [`${result.unanswered} samples had no answer.`]),
  ].join('');
  return [
    ['result_validity', text(result.valid ? 'VALID' : 'INVALID')],
    ...(constraintsMet === null ? [] : [['result_perf_constraints_met', String(constraintsMet)] as const]),
    ['result_min_duration_met', String(result.minDurationMet)],
    ['result_min_queries_met', String(minQueriesMet)],
    ['early_stopping_met', String(earlyStopping.met)],
    ...(result.valid ? [] : [['result_invalid_reason', text(reason)] as const]),
    ['early_stopping_result', text(earlyStopping.text.replaceAll('\n', ' '))],
    ['result_query_count', String(result.queryCount)],
    ...(settings.scenario === 'Server'
      ? [['result_overlatency_query_count', String(result.overLatency)] as const]
      : []),
  ];
}

function results({ settings: { scenario }, result }: LoggedRun): Pair[] {
  const { singleStreamNs, multiStreamNs } = result.earlyStopping;
  switch (scenario) {
    case 'SingleStream':
      return [
        ['result_qps_with_loadgen_overhead', general(result.queriesPerSecond)],
        ['result_qps_without_loadgen_overhead', general(result.queriesPerSecondAlone)],
        ['early_stopping_latency_ss', String(singleStreamNs)],
        ['early_stopping_latency_ms', String(multiStreamNs)],
      ];
    case 'MultiStream':
      return [
        ...latencyOf(result.queries ?? result.samples, 'query_latency_ns', 'per_query_latency_ns'),
        ['early_stopping_latency_ms', String(multiStreamNs)],
      ];
    case 'Server':
      return [
        ['result_scheduled_samples_per_sec', general(result.scheduledPerSecond)],
        ['result_completed_samples_per_sec', general(result.completedPerSecond)],
      ];
    case 'Offline':
      return [['result_samples_per_second', general(result.samplesPerSecond)]];
  }
}

const latencyPairs = ({ result }: LoggedRun): Pair[] => latencyOf(result.samples, 'latency_ns', 'latency_ns');

function latencyOf(latency: LatencyNs, name: string, percentileName: string): Pair[] {
  return [
    [`result_min_${name}`, String(latency.minNs)],
    [`result_max_${name}`, String(latency.maxNs)],
    [`result_mean_${name}`, String(latency.meanNs)],
    ...reportedPercentiles.map(
      (percentile, index): Pair => [
        `result_${fixed(percentile * 100)}_percentile_${percentileName}`,
        String(latency.percentilesNs[index] ?? 0),
      ],
    ),
  ];
}
