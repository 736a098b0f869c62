import type { MlperfRecord } from './facts.ts';
import type { MlperfResult } from './performance.ts';
import type { GeneratedQueries, SampleSet } from './queries.ts';
import type { EffectiveSettings, MlperfSettings, SampleLibrary } from './settings.ts';

/** Everything that LoadGen's log files say of a run. */
export interface LoggedRun {
  /** Who wrote it, in place of LoadGen's version. */
  readonly version: string;
  /** The system under test. */
  readonly sutName: string;
  readonly libraryName: string;
  readonly library: SampleLibrary;
  readonly asked: MlperfSettings;
  readonly settings: EffectiveSettings;
  readonly set: SampleSet;
  readonly queries: GeneratedQueries;
  readonly record: MlperfRecord;
  readonly result: MlperfResult;
  /** How long the set and the queries took to make, and when they were begun; in ns from the start of the log. */
  readonly setNs: readonly [begin: number, end: number];
  readonly queriesNs: readonly [begin: number, end: number];
  /** The start of the run, in ns from the start of the log. */
  readonly startNs: number;
  /** The end of it. */
  readonly endNs: number;
  readonly startedAt: Date;
  /** Of the log, in ms since 1970. */
  readonly logStartMs: number;
}

/** Errors of a run, in LoadGen's words where it has the same. */
export function errorsOf({ record, result }: Pick<LoggedRun, 'record' | 'result'>): string[] {
  return [
    ...endingErrors(record),
    ...(result.unanswered === 0 ? [] : [`${result.unanswered} samples had no answer.`]),
  ];
}

function endingErrors({ ending, queriesIssued, issuedNs }: MlperfRecord): string[] {
  switch (ending) {
    case 'natural':
      return [];
    case 'out-of-queries':
      return [
        'Ending early: Ran out of generated queries to issue before the minimum query count and test duration were reached. Please update the relevant expected latency or target qps in the TestSettings so they are more accurate.',
      ];
    case 'most-queries':
      return [`IssueQueryThread 0 Ending early: Max query count reached. query_count ${queriesIssued}`];
    case 'most-time':
      return [
        `IssueQueryThread 0 Ending early: Max test duration reached. duration_ns ${issuedNs[queriesIssued - 1] ?? 0}`,
      ];
    case 'interrupted':
      return ['Ending early: The run was interrupted.'];
  }
}
