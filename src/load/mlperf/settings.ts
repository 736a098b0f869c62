/** How MLPerf sends queries. Each query holds one or more samples: one prepared input each. */
export type Scenario = 'SingleStream' | 'MultiStream' | 'Server' | 'Offline';

/** What a run is asked for, named and defaulted as LoadGen's `TestSettings` are. Seeds are unsigned 64-bit numbers. */
export interface MlperfSettings {
  readonly scenario: Scenario;
  /** SingleStream: from this follows how many queries are prepared; no bound. In ns. */
  readonly singleStreamExpectedLatencyNs: number;
  readonly singleStreamTargetLatencyPercentile: number;
  /** MultiStream: of a query, for the same end. In ns. */
  readonly multiStreamExpectedLatencyNs: number;
  readonly multiStreamTargetLatencyPercentile: number;
  readonly multiStreamSamplesPerQuery: number;
  /** Server: queries per second of the Poisson schedule. */
  readonly serverTargetQps: number;
  /** Server: the bound that the percentile must keep. In ns. */
  readonly serverTargetLatencyNs: number;
  readonly serverTargetLatencyPercentile: number;
  /** Offline: samples per second; the query holds 1.1 times as many as this takes for the least duration. */
  readonly offlineExpectedQps: number;
  readonly minDurationMs: number;
  /** 0: none. */
  readonly maxDurationMs: number;
  readonly minQueryCount: number;
  /** 0: none. */
  readonly maxQueryCount: number;
  /** Chooses the samples of the performance set. */
  readonly qslRngSeed: bigint;
  /** Chooses the samples of each query. */
  readonly sampleIndexRngSeed: bigint;
  /** Makes the Server scenario's schedule. */
  readonly scheduleRngSeed: bigint;
  /** Is only written into the log: no accuracy log is made. */
  readonly accuracyLogRngSeed: bigint;
  /** Each sample of the set once, and the run ends with it. */
  readonly performanceIssueUnique: boolean;
  /** One sample again and again: that of `performanceIssueSameIndex`, counted in the performance set. */
  readonly performanceIssueSame: boolean;
  readonly performanceIssueSameIndex: number;
  /** Samples of the performance set; 0: as many as there are. */
  readonly performanceSampleCountOverride: number;
  /** Is only written into the log. */
  readonly accuracySampleCountOverride: number;
  /** Whole permutations of the performance set instead of independent draws; counts are filled up to multiples of it. */
  readonly sampleConcatenatePermutation: boolean;
}

/** LoadGen's own defaults, which any configuration overrides. */
export const bareSettings: Omit<MlperfSettings, 'scenario'> = {
  singleStreamExpectedLatencyNs: 1e6,
  singleStreamTargetLatencyPercentile: 0.9,
  multiStreamExpectedLatencyNs: 8e6,
  multiStreamTargetLatencyPercentile: 0.99,
  multiStreamSamplesPerQuery: 8,
  serverTargetQps: 1,
  serverTargetLatencyNs: 1e8,
  serverTargetLatencyPercentile: 0.99,
  offlineExpectedQps: 1,
  minDurationMs: 10_000,
  maxDurationMs: 0,
  minQueryCount: 100,
  maxQueryCount: 0,
  qslRngSeed: 0n,
  sampleIndexRngSeed: 0n,
  scheduleRngSeed: 0n,
  accuracyLogRngSeed: 0n,
  performanceIssueUnique: false,
  performanceIssueSame: false,
  performanceIssueSameIndex: 0,
  performanceSampleCountOverride: 0,
  accuracySampleCountOverride: 0,
  sampleConcatenatePermutation: false,
};

/** The samples there are: LoadGen's query sample library. */
export interface SampleLibrary {
  readonly totalCount: number;
  /** As many as fit into memory at a time. */
  readonly performanceCount: number;
}

/** What a run does: settings without the scenario's name in them. */
export interface EffectiveSettings {
  readonly scenario: Scenario;
  readonly samplesPerQuery: number;
  readonly targetQps: number;
  /** 0 but in the Server scenario. */
  readonly targetLatencyNs: number;
  readonly targetLatencyPercentile: number;
  /** 0: any number. */
  readonly maxAsyncQueries: number;
  /** For so long queries are prepared, and in SingleStream and MultiStream sent. */
  readonly targetDurationMs: number;
  /** So long the run must be to be valid. */
  readonly minDurationMs: number;
  readonly maxDurationMs: number;
  readonly minQueryCount: number;
  readonly maxQueryCount: number;
  readonly minSampleCount: number;
  readonly performanceSampleCount: number;
  readonly accuracySampleCount: number;
}

/** Offline asks for more samples than the least duration should take, by this factor. */
const offlineSlack = 1.1;
/** Permutations in SingleStream: the median of such samples lies far below their 90th percentile. */
const permutationSlack = 2;

/** What follows from the settings for a library of samples. */
export function resolveSettings(asked: MlperfSettings, library: SampleLibrary): EffectiveSettings {
  const { scenario, minDurationMs } = asked;
  const own = ofScenario(asked);
  const isOffline = scenario === 'Offline';
  const performanceSampleCount = asked.performanceSampleCountOverride || library.performanceCount;
  const minQueryCount = isOffline ? 1 : leastQueries(asked, own.targetQps, library);
  const samplesPerQuery = isOffline
    ? offlineSamples(asked, performanceSampleCount)
    : scenario === 'MultiStream'
      ? asked.multiStreamSamplesPerQuery
      : 1;
  return {
    scenario,
    ...own,
    samplesPerQuery,
    targetDurationMs: isOffline ? 0 : minDurationMs,
    minDurationMs,
    maxDurationMs: asked.maxDurationMs,
    minQueryCount,
    maxQueryCount: asked.maxQueryCount,
    minSampleCount: minQueryCount * samplesPerQuery,
    performanceSampleCount,
    accuracySampleCount: asked.accuracySampleCountOverride || library.totalCount,
  };
}

type OfScenario = Pick<
  EffectiveSettings,
  'targetQps' | 'targetLatencyNs' | 'targetLatencyPercentile' | 'maxAsyncQueries'
>;

function ofScenario(asked: MlperfSettings): OfScenario {
  switch (asked.scenario) {
    case 'SingleStream':
      return {
        targetQps: 1e9 / asked.singleStreamExpectedLatencyNs,
        targetLatencyNs: 0,
        targetLatencyPercentile: asked.singleStreamTargetLatencyPercentile,
        maxAsyncQueries: 1,
      };
    case 'MultiStream':
      return {
        targetQps: 1e9 / asked.multiStreamExpectedLatencyNs,
        targetLatencyNs: 0,
        targetLatencyPercentile: asked.multiStreamTargetLatencyPercentile,
        maxAsyncQueries: 1,
      };
    case 'Server':
      return {
        targetQps: asked.serverTargetQps,
        targetLatencyNs: asked.serverTargetLatencyNs,
        targetLatencyPercentile: asked.serverTargetLatencyPercentile,
        maxAsyncQueries: 0,
      };
    case 'Offline':
      return {
        targetQps: asked.offlineExpectedQps,
        targetLatencyNs: 0,
        // Of no use in this scenario; it is written into the log.
        targetLatencyPercentile: 0.99,
        maxAsyncQueries: 1,
      };
  }
}

function offlineSamples(asked: MlperfSettings, performanceSampleCount: number): number {
  if (asked.performanceIssueUnique) return performanceSampleCount;
  const expected = Math.trunc(offlineSlack * (asked.minDurationMs / 1000) * asked.offlineExpectedQps);
  return Math.max(asked.minQueryCount, expected);
}

function leastQueries(asked: MlperfSettings, targetQps: number, library: SampleLibrary): number {
  const { minQueryCount, minDurationMs } = asked;
  if (!asked.sampleConcatenatePermutation || asked.scenario !== 'SingleStream') return minQueryCount;
  const expected = Math.trunc(permutationSlack * (minDurationMs / 1000) * targetQps);
  const least = Math.max(minQueryCount, expected);
  return least + library.performanceCount - (least % library.performanceCount);
}
