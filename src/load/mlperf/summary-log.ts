import { fixed, general } from './cpp-format.ts';
import { errorsOf, type LoggedRun } from './logged-run.ts';
import { adviceOf, type LatencyNs, type MlperfResult, reportedPercentiles } from './performance.ts';
import type { EffectiveSettings, MlperfSettings } from './settings.ts';

const rule = '================================================';
const title = (text: string): string => `${rule}\n${text}\n${rule}`;
const yes = (met: boolean): string => (met ? 'Yes' : 'NO');
/** Truth values are numbers in this file. */
const bit = (value: boolean): string => (value ? '1' : '0');

/** `mlperf_log_summary.txt`, line by line as LoadGen writes it. */
export function summaryLog(run: LoggedRun): string {
  const { settings, asked, result } = run;
  return [
    title('MLPerf Results Summary'),
    `SUT name : ${run.sutName}`,
    `Scenario : ${settings.scenario}`,
    'Mode     : PerformanceOnly',
    headline(settings, result),
    ...verdictLines(settings, result),
    '',
    title('Additional Stats'),
    ...statistics(settings, result),
    '',
    title('Test Parameters Used'),
    ...parameters(asked, settings),
    '',
    'No warnings encountered during test.',
    '',
    errorLine(errorsOf(run).length),
    '',
  ].join('\n');
}

function headline(settings: EffectiveSettings, result: MlperfResult): string {
  switch (settings.scenario) {
    case 'SingleStream':
    case 'MultiStream':
      return `${fixed(settings.targetLatencyPercentile * 100, 1)}th percentile latency (ns) : ${result.targetPercentileNs}`;
    case 'Server':
      return `Completed samples per second    : ${fixed(result.completedPerSecond)}`;
    case 'Offline':
      return `Samples per second: ${general(result.samplesPerSecond)}`;
  }
}

function verdictLines(settings: EffectiveSettings, result: MlperfResult): string[] {
  const { constraintsMet, minDurationMet, minQueriesMet, earlyStopping } = result;
  const advice = [
    ...adviceOf(settings, result).map((text) => ` * ${text}`),
    ...(minQueriesMet
      ? []
      : [
          ' * The test exited early, before enough queries were issued.\n   See the detailed log for why this may have occurred.',
        ]),
    ...(result.unanswered === 0 ? [] : [` * ${result.unanswered} samples had no answer.`]),
  ];
  return [
    `Result is : ${result.valid ? 'VALID' : 'INVALID'}`,
    ...(constraintsMet === null ? [] : [`  Performance constraints satisfied : ${yes(constraintsMet)}`]),
    `  Min duration satisfied : ${yes(minDurationMet)}`,
    `  Min queries satisfied : ${yes(minQueriesMet)}`,
    `  Early stopping satisfied: ${yes(earlyStopping.met)}`,
    ...(result.valid ? [] : ['Recommendations:', ...advice]),
    ...(settings.scenario === 'Offline' ? [] : ['Early Stopping Result:', earlyStopping.text]),
  ];
}

function statistics({ scenario }: EffectiveSettings, result: MlperfResult): string[] {
  switch (scenario) {
    case 'SingleStream':
      return [
        `QPS w/ loadgen overhead         : ${fixed(result.queriesPerSecond)}`,
        `QPS w/o loadgen overhead        : ${fixed(result.queriesPerSecondAlone)}`,
        '',
        ...latencies(result.samples),
      ];
    case 'MultiStream':
      return ['Per-query latency:  ', ...latencies(result.queries ?? result.samples)];
    case 'Server':
      return [
        `Scheduled samples per second : ${fixed(result.scheduledPerSecond)}`,
        ...latencies(result.samples),
      ];
    case 'Offline':
      return latencies(result.samples);
  }
}

function latencies({ minNs, maxNs, meanNs, percentilesNs }: LatencyNs): string[] {
  return [
    `Min latency (ns)                : ${minNs}`,
    `Max latency (ns)                : ${maxNs}`,
    `Mean latency (ns)               : ${meanNs}`,
    ...reportedPercentiles.map(
      (percentile, index) =>
        `${fixed(percentile * 100)} percentile latency (ns)   : ${percentilesNs[index] ?? 0}`,
    ),
  ];
}

function parameters(asked: MlperfSettings, settings: EffectiveSettings): string[] {
  return [
    `samples_per_query : ${settings.samplesPerQuery}`,
    `target_qps : ${general(settings.targetQps)}`,
    `target_latency (ns): ${settings.targetLatencyNs}`,
    `max_async_queries : ${settings.maxAsyncQueries}`,
    `min_duration (ms): ${settings.minDurationMs}`,
    `max_duration (ms): ${settings.maxDurationMs}`,
    `min_query_count : ${settings.minQueryCount}`,
    `max_query_count : ${settings.maxQueryCount}`,
    `qsl_rng_seed : ${asked.qslRngSeed}`,
    `sample_index_rng_seed : ${asked.sampleIndexRngSeed}`,
    `schedule_rng_seed : ${asked.scheduleRngSeed}`,
    `accuracy_log_rng_seed : ${asked.accuracyLogRngSeed}`,
    'accuracy_log_probability : 0',
    'accuracy_log_sampling_target : 0',
    'print_timestamps : 0',
    `performance_issue_unique : ${bit(asked.performanceIssueUnique)}`,
    `performance_issue_same : ${bit(asked.performanceIssueSame)}`,
    `performance_issue_same_index : ${asked.performanceIssueSameIndex}`,
    `performance_sample_count : ${settings.performanceSampleCount}`,
    `accuracy_sample_count : ${settings.accuracySampleCount}`,
    ...(asked.sampleConcatenatePermutation
      ? [
          'WARNING: sample_concatenate_permutation was set to true. \nGenerated samples per query might be different as the one in the setting.\nCheck the generated_samples_per_query line in the detailed log for the real\nsamples_per_query value',
        ]
      : []),
  ];
}

function errorLine(count: number): string {
  if (count === 0) return 'No errors encountered during test.';
  return count === 1
    ? '1 ERROR encountered. See detailed log.'
    : `${count} ERRORS encountered. See detailed log.`;
}
