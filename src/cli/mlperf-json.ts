import {
  type LatencyNs,
  type MlperfRun,
  type PreparedRun,
  reportedPercentiles,
} from '../load/mlperf/index.ts';

/** What the document of `thinfer load` has beside its usual fields where a scenario of MLPerf was run; in docs/json.md. */
export function mlperfToJson(
  model: string,
  { asked, settings }: PreparedRun,
  { record, result }: MlperfRun,
): object {
  const isServer = settings.scenario === 'Server';
  const { met, singleStreamNs, multiStreamNs } = result.earlyStopping;
  return {
    scenario: settings.scenario,
    model,
    valid: result.valid,
    reasons: result.reasons,
    targetQps: settings.targetQps,
    targetLatencyNs: isServer ? settings.targetLatencyNs : null,
    targetPercentile: settings.targetLatencyPercentile,
    samplesPerQuery: record.samplesPerQuery,
    minDurationMs: settings.minDurationMs,
    minQueries: settings.minQueryCount,
    minSamples: settings.minSampleCount,
    performanceSamples: settings.performanceSampleCount,
    // Seeds go beyond what JSON's readers keep exactly.
    seeds: {
      schedule: String(asked.scheduleRngSeed),
      sample: String(asked.sampleIndexRngSeed),
      library: String(asked.qslRngSeed),
    },
    ended: record.ending,
    queries: result.queryCount,
    samples: result.sampleCount,
    unanswered: result.unanswered,
    constraintsMet: result.constraintsMet,
    minDurationMet: result.minDurationMet,
    minQueriesMet: result.minQueriesMet,
    earlyStoppingMet: met,
    earlyStoppingNs: singleStreamNs || multiStreamNs || null,
    targetPercentileNs: result.targetPercentileNs,
    overLatency: isServer ? result.overLatency : null,
    scheduledPerSecond: isServer ? finite(result.scheduledPerSecond) : null,
    samplesPerSecond: isServer
      ? finite(result.completedPerSecond)
      : settings.scenario === 'Offline'
        ? finite(result.samplesPerSecond)
        : null,
    sampleLatencyNs: latencyToJson(result.samples),
    queryLatencyNs: result.queries === null ? null : latencyToJson(result.queries),
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function latencyToJson({ minNs, maxNs, meanNs, percentilesNs }: LatencyNs): object {
  const names = reportedPercentiles.map((percentile) => `p${Number((percentile * 100).toFixed(1))}`);
  return {
    min: minNs,
    max: maxNs,
    mean: meanNs,
    ...Object.fromEntries(names.map((name, index) => [name, percentilesNs[index] ?? 0])),
  };
}
