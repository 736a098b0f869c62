import type { MlperfRun, PreparedRun } from '../load/mlperf/index.ts';
import { formatCount, formatMs, formatNumber } from '../report/format.ts';
import type { ScenarioName } from './mlperf-flags.ts';

/** The first line: the verdict, and the number that the scenario is judged by. */
export function mlperfHeadline(
  model: string,
  name: ScenarioName,
  { settings }: PreparedRun,
  { result, record }: MlperfRun,
): string {
  const verdict = result.valid ? 'VALID' : 'INVALID';
  if (result.sampleCount === 0) return `${model}: ${verdict}, no answer (MLPerf ${name})`;
  const percent = Number((settings.targetLatencyPercentile * 100).toFixed(3));
  const latency = `p${percent} ${formatMs(result.targetPercentileNs / 1e6)}`;
  switch (settings.scenario) {
    case 'SingleStream':
      return `${model}: ${verdict}, ${latency} (MLPerf ${name})`;
    case 'MultiStream':
      return `${model}: ${verdict}, ${latency} for ${formatCount(record.samplesPerQuery)} samples (MLPerf ${name})`;
    case 'Server':
      return `${model}: ${verdict}, ${latency} of ${formatMs(settings.targetLatencyNs / 1e6)} at ${formatNumber(settings.targetQps)} queries/s (MLPerf ${name})`;
    case 'Offline':
      return `${model}: ${verdict}, ${formatNumber(result.samplesPerSecond)} samples/s (MLPerf ${name})`;
  }
}

/** What was checked, a line each, and why the run is not valid. */
export function mlperfLines({ result }: MlperfRun): string {
  const checks: (readonly [met: boolean | null, text: string])[] = [
    [result.constraintsMet, 'the latency bound'],
    [result.minDurationMet, 'the least duration'],
    [result.minQueriesMet, 'the least queries and samples'],
    [result.earlyStopping.met, 'enough queries for 99 % confidence'],
    [result.unanswered === 0 ? null : false, 'an answer to every sample'],
  ];
  return [
    ...checks
      .filter(([met]) => met !== null)
      .map(([met, text]) => `${met === true ? '✓ holds' : '✗ failed'}  ${text}`),
    ...result.reasons.map((reason) => `  ${reason}`),
    ...estimates(result.earlyStopping),
  ].join('\n');
}

function estimates({ singleStreamNs, multiStreamNs }: MlperfRun['result']['earlyStopping']): string[] {
  const estimate = singleStreamNs || multiStreamNs;
  return estimate === 0 ? [] : [`Early stopping's estimate of the percentile: ${formatMs(estimate / 1e6)}`];
}
