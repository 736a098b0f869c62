import type { PerformanceFacts } from './performance.ts';
import type { GeneratedQueries } from './queries.ts';
import type { EffectiveSettings } from './settings.ts';

/** Why sending ended. */
export type Ending =
  /** The least count and duration were reached, or in the Server scenario the schedule was. */
  | 'natural'
  /** All prepared queries were sent before that. */
  | 'out-of-queries'
  | 'most-queries'
  | 'most-time'
  | 'interrupted';

/** Every moment of a run; in ns from its start. */
export interface MlperfRecord {
  readonly queriesIssued: number;
  readonly samplesPerQuery: number;
  /** Of each query: when it was due, and when its sending began. */
  readonly dueNs: Float64Array;
  readonly issuedNs: Float64Array;
  /** Of each sample: when it was answered; NaN: never. */
  readonly doneNs: Float64Array;
  readonly ending: Ending;
}

/** From the moments to what is judged. */
export function factsOf(
  { scenario }: EffectiveSettings,
  queries: GeneratedQueries,
  record: MlperfRecord,
): PerformanceFacts {
  const { queriesIssued, samplesPerQuery, dueNs, issuedNs, doneNs } = record;
  const latencies = new Float64Array(doneNs.length);
  let answered = 0;
  for (let sample = 0; sample < doneNs.length; sample++) {
    const latency = doneNs[sample]! - dueNs[Math.floor(sample / samplesPerQuery)]!;
    if (!Number.isNaN(latency)) latencies[answered++] = latency;
  }
  const last = queriesIssued - 1;
  return {
    sampleLatenciesNs: latencies.subarray(0, answered),
    queryLatenciesNs: scenario === 'MultiStream' ? queryLatencies(record) : new Float64Array(0),
    queriesIssued,
    unanswered: doneNs.length - answered,
    finalScheduledNs: queries.dueNs[last] ?? 0,
    finalIssuedNs: issuedNs[last] ?? 0,
    finalDoneNs: endOf(record, last),
  };
}

/** A query ends with the last of its samples; NaN where one has no answer. */
function endOf({ doneNs, samplesPerQuery }: MlperfRecord, query: number): number {
  let end = 0;
  for (let sample = query * samplesPerQuery; sample < (query + 1) * samplesPerQuery; sample++)
    end = Math.max(end, doneNs[sample] ?? Number.NaN);
  return end;
}

function queryLatencies(record: MlperfRecord): Float64Array {
  return Float64Array.from(
    { length: record.queriesIssued },
    (_, query) => endOf(record, query) - record.dueNs[query]!,
  ).filter((latency) => !Number.isNaN(latency));
}
