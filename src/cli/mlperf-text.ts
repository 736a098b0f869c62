import type { MlperfRun, PreparedRun } from '../load/mlperf/index.ts';
import { formatCount, formatMs, formatNumber } from '../report/format.ts';
import type { RuledVerdict } from '../report/load-page-data.ts';
import type { ScenarioName } from './mlperf-flags.ts';

/** The verdict, and the number that the scenario is judged by. */
function mlperfHeadline(
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

/** The verdict with all that was checked, and why the run is not valid. */
export function mlperfVerdict(
  model: string,
  name: ScenarioName,
  prepared: PreparedRun,
  made: MlperfRun,
): RuledVerdict {
  const { result } = made;
  const checks: (readonly [met: boolean | null, text: string])[] = [
    [result.constraintsMet, 'the latency bound'],
    [result.minDurationMet, 'the least duration'],
    [result.minQueriesMet, 'the least queries and samples'],
    [result.earlyStopping.met, 'enough queries for 99 % confidence'],
    [result.unanswered === 0 ? null : false, 'an answer to every sample'],
  ];
  return {
    headline: mlperfHeadline(model, name, prepared, made),
    checks: checks.flatMap(([met, text]) => (met === null ? [] : [{ text, met }])),
    notes: [...result.reasons, ...estimates(result.earlyStopping)],
  };
}

/** A verdict's checks and notes for the terminal, a line each. */
export function verdictLines({ checks, notes }: RuledVerdict): string {
  return [
    ...checks.map(({ text, met }) => `${met ? '✓ holds' : '✗ failed'}  ${text}`),
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

function estimates({ singleStreamNs, multiStreamNs }: MlperfRun['result']['earlyStopping']): string[] {
  const estimate = singleStreamNs || multiStreamNs;
  return estimate === 0 ? [] : [`Early stopping's estimate of the percentile: ${formatMs(estimate / 1e6)}`];
}
