import { fixed } from './cpp-format.ts';
import { FewestUnder, mostOver } from './early-stopping.ts';
import type { EffectiveSettings } from './settings.ts';

/** What a run measured, all in ns. */
export interface PerformanceFacts {
  /** Of every answered sample, from the moment its query was due. */
  readonly sampleLatenciesNs: Float64Array;
  /** MultiStream: of every query whose samples were all answered. Elsewhere empty. */
  readonly queryLatenciesNs: Float64Array;
  readonly queriesIssued: number;
  /** Samples that were sent and have no answer. LoadGen knows no such thing; here they make the run invalid. */
  readonly unanswered: number;
  /** Of the last query, from the start: when it was due, sent, and complete. */
  readonly finalScheduledNs: number;
  readonly finalIssuedNs: number;
  readonly finalDoneNs: number;
}

/** Latencies as LoadGen reports them: a percentile is the sample at rank ⌊n·p⌋ from 0, without interpolation. */
export interface LatencyNs {
  readonly minNs: number;
  readonly maxNs: number;
  /** Fractions are cut off. */
  readonly meanNs: number;
  /** At `reportedPercentiles`, in that order. */
  readonly percentilesNs: readonly number[];
}

/** The percentiles that LoadGen reports beside the target. */
export const reportedPercentiles = [0.5, 0.9, 0.95, 0.97, 0.99, 0.999] as const;

/** What early stopping says. */
export interface EarlyStopping {
  readonly met: boolean;
  /** In LoadGen's words; empty in the Offline scenario. */
  readonly text: string;
  /** SingleStream: the estimate of the target percentile; 0: none. */
  readonly singleStreamNs: number;
  /** MultiStream: the estimate of the target percentile; SingleStream: of the 99th; 0: none. */
  readonly multiStreamNs: number;
}

/** The verdict over a run, and the numbers it rests on. */
export interface MlperfResult {
  readonly valid: boolean;
  /** Why it is not valid, a sentence each, LoadGen's own advice first. */
  readonly reasons: readonly string[];
  /** Null but in the Server scenario. */
  readonly constraintsMet: boolean | null;
  readonly minDurationMet: boolean;
  readonly minQueriesMet: boolean;
  readonly earlyStopping: EarlyStopping;
  readonly queryCount: number;
  readonly sampleCount: number;
  readonly unanswered: number;
  readonly samples: LatencyNs;
  /** Null but in MultiStream. */
  readonly queries: LatencyNs | null;
  /** At the target percentile: of queries in MultiStream, else of samples. */
  readonly targetPercentileNs: number;
  /** Server: samples above the bound. */
  readonly overLatency: number;
  /** SingleStream: from the first to the last sending. */
  readonly queriesPerSecond: number;
  /** SingleStream: without the generator's own time, from the mean latency. */
  readonly queriesPerSecondAlone: number;
  /** Server: by the schedule, and as answers came. */
  readonly scheduledPerSecond: number;
  readonly completedPerSecond: number;
  /** Offline. */
  readonly samplesPerSecond: number;
}

/** Judges a run by LoadGen's rules. */
export function judgePerformance(settings: EffectiveSettings, facts: PerformanceFacts): MlperfResult {
  const sampleLatencies = facts.sampleLatenciesNs.toSorted();
  const queryLatencies = facts.queryLatenciesNs.toSorted();
  const isMulti = settings.scenario === 'MultiStream';
  const samples = latencyOf(sampleLatencies);
  const targeted = isMulti ? queryLatencies : sampleLatencies;
  const targetPercentileNs = at(targeted, settings.targetLatencyPercentile);
  const sampleCount = sampleLatencies.length;
  const checks = {
    constraintsMet: settings.scenario === 'Server' ? targetPercentileNs <= settings.targetLatencyNs : null,
    minDurationMet: measuredNs(settings, facts, samples.maxNs) / 1e9 >= settings.minDurationMs / 1000,
    minQueriesMet: facts.queriesIssued >= settings.minQueryCount && sampleCount >= settings.minSampleCount,
    earlyStopping: stopEarly(settings, facts.queriesIssued, targeted),
  };
  const reasons = reasonsOf(settings, checks, facts.unanswered);
  return {
    valid: reasons.length === 0,
    reasons,
    ...checks,
    queryCount: facts.queriesIssued,
    sampleCount,
    unanswered: facts.unanswered,
    samples,
    queries: isMulti ? latencyOf(queryLatencies) : null,
    targetPercentileNs,
    overLatency: settings.scenario === 'Server' ? countAbove(sampleLatencies, settings.targetLatencyNs) : 0,
    queriesPerSecond: (sampleCount - 1) / (facts.finalIssuedNs / 1e9),
    queriesPerSecondAlone: 1 / (samples.meanNs / 1e9),
    scheduledPerSecond: (sampleCount - 1) / (facts.finalScheduledNs / 1e9),
    completedPerSecond: (sampleCount - 1) / (facts.finalDoneNs / 1e9),
    samplesPerSecond: sampleCount / (samples.maxNs / 1e9),
  };
}

/** The time that must be the least duration. */
function measuredNs({ scenario }: EffectiveSettings, facts: PerformanceFacts, longestNs: number): number {
  switch (scenario) {
    case 'Offline':
      return longestNs;
    case 'Server':
      return facts.finalScheduledNs;
    case 'SingleStream':
    case 'MultiStream':
      return facts.finalIssuedNs;
  }
}

const at = (sorted: Float64Array, percentile: number): number =>
  sorted[Math.trunc(sorted.length * percentile)] ?? 0;

function latencyOf(sorted: Float64Array): LatencyNs {
  return {
    minNs: sorted[0] ?? 0,
    maxNs: sorted.at(-1) ?? 0,
    meanNs: sorted.length === 0 ? 0 : Number(sum(sorted) / BigInt(sorted.length)),
    percentilesNs: reportedPercentiles.map((percentile) => at(sorted, percentile)),
  };
}

/** Of an Offline run's latencies the sum goes beyond what a double counts in ns. */
function sum(values: Float64Array): bigint {
  let total = 0n;
  for (const value of values) total += BigInt(value);
  return total;
}

function countAbove(sorted: Float64Array, bound: number): number {
  const first = sorted.findIndex((latency) => latency > bound);
  return first === -1 ? 0 : sorted.length - first;
}

/** @param sorted Of samples, in MultiStream of queries. */
function stopEarly(settings: EffectiveSettings, issued: number, sorted: Float64Array): EarlyStopping {
  switch (settings.scenario) {
    case 'Offline':
      return { met: true, text: '', singleStreamNs: 0, multiStreamNs: 0 };
    case 'Server':
      return stopServer(settings, issued, sorted);
    case 'SingleStream':
    case 'MultiStream':
      return stopStream(settings, issued, sorted);
  }
}

function stopServer(settings: EffectiveSettings, issued: number, sorted: Float64Array): EarlyStopping {
  const over = countAbove(sorted, settings.targetLatencyNs);
  const needed = new FewestUnder(settings.targetLatencyPercentile).of(over) + over;
  const met = issued >= needed;
  const text = met
    ? ' * Run successful.'
    : ` * Run unsuccessful.\n * Processed ${issued} queries.\n * Would need to run at least ${needed - issued} more queries,\n with the run being successful if every additional\n query were under latency.`;
  return { met, text, singleStreamNs: 0, multiStreamNs: 0 };
}

/** What MLPerf's rules infer a MultiStream result from. */
const multiStreamPercentile = 0.99;

function stopStream(
  { scenario, targetLatencyPercentile }: EffectiveSettings,
  issued: number,
  sorted: Float64Array,
): EarlyStopping {
  const { needed, over } = mostOver(issued, targetLatencyPercentile);
  if (over === null) {
    const text = ` * Only processed ${issued} queries.\n * Need to process at least ${needed} queries for early stopping.`;
    return { met: false, text, singleStreamNs: 0, multiStreamNs: 0 };
  }
  const estimate = sorted[issued - over] ?? 0;
  const text = ` * Processed at least ${needed} queries (${issued}).\n * Would discard ${over - 1} highest latency queries.\n${estimateText(targetLatencyPercentile, estimate)}`;
  if (scenario === 'MultiStream') return { met: true, text, singleStreamNs: 0, multiStreamNs: estimate };
  const inferred = mostOver(issued, multiStreamPercentile);
  if (inferred.over === null) {
    const more = ` * Not enough queries processed for ${percentText(multiStreamPercentile)}th percentile\n early stopping estimate (would need to process at\n least ${inferred.needed} total queries).`;
    return { met: true, text: `${text}\n${more}`, singleStreamNs: estimate, multiStreamNs: 0 };
  }
  const multiStreamNs = sorted[issued - inferred.over] ?? 0;
  const more = estimateText(multiStreamPercentile, multiStreamNs);
  return { met: true, text: `${text}\n${more}`, singleStreamNs: estimate, multiStreamNs };
}

const percentText = (percentile: number): string => fixed(percentile * 100, 1);

const estimateText = (percentile: number, estimateNs: number): string =>
  ` * Early stopping ${percentText(percentile)}th percentile estimate: ${estimateNs}`;

/** LoadGen's advice where a run is too short. */
const tooShort = {
  SingleStream: 'Decrease the expected latency so the loadgen pre-generates more queries.',
  MultiStream: 'Decrease the expected latency so the loadgen pre-generates more queries.',
  Server: 'Increase the target QPS so the loadgen pre-generates more queries.',
  Offline: 'Increase expected QPS so the loadgen pre-generates a larger (coalesced) query.',
} as const;
/** LoadGen's advice where the target percentile is above the bound. */
const tooSlow = 'Reduce target QPS to improve latency.';

/** LoadGen's advice for a run that is not valid, as far as it has one. */
export function adviceOf(
  { scenario }: EffectiveSettings,
  { constraintsMet, minDurationMet }: Pick<MlperfResult, 'constraintsMet' | 'minDurationMet'>,
): string[] {
  return [...(constraintsMet === false ? [tooSlow] : []), ...(minDurationMet ? [] : [tooShort[scenario]])];
}

/** LoadGen's list as a sentence after the other. */
const oneLine = (list: string): string => list.replace(/^ \* /gm, '').replace(/\s*\n\s*/g, ' ');

function reasonsOf(
  settings: EffectiveSettings,
  checks: Pick<MlperfResult, 'constraintsMet' | 'minDurationMet' | 'minQueriesMet' | 'earlyStopping'>,
  unanswered: number,
): string[] {
  return [
    ...adviceOf(settings, checks),
    ...(checks.minQueriesMet ? [] : ['The test exited early, before enough queries were issued.']),
    ...(checks.earlyStopping.met ? [] : [oneLine(checks.earlyStopping.text)]),
    ...(unanswered === 0 ? [] : [`${unanswered} samples had no answer.`]),
  ];
}
