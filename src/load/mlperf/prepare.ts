import { ThinferError } from '../../errors.ts';
import { mostRequests } from '../arrivals/most-requests.ts';
import { type GeneratedQueries, generateQueries, performanceSet, type SampleSet } from './queries.ts';
import {
  type EffectiveSettings,
  type MlperfSettings,
  resolveSettings,
  type SampleLibrary,
} from './settings.ts';

/** A run before its first query. */
export interface PreparedRun {
  readonly asked: MlperfSettings;
  readonly library: SampleLibrary;
  readonly settings: EffectiveSettings;
  readonly set: SampleSet;
  readonly queries: GeneratedQueries;
  /** On the clock of `performance.now()`: the start, when the set was made, and when the queries were. */
  readonly madeMs: readonly [start: number, set: number, queries: number];
}

/** Generates all queries of a run. Throws `usage` where they are too many, or samples are asked for that are not there. */
export function prepareRun(asked: MlperfSettings, library: SampleLibrary): PreparedRun {
  const start = performance.now();
  const settings = resolveSettings(asked, library);
  const set = performanceSet(asked, settings, library);
  checkModes(asked, set);
  const madeSet = performance.now();
  const queries = generateQueries(asked, settings, set, mostRequests);
  if (queries === null)
    throw new ThinferError(
      'usage',
      `the run would have more than the ${mostRequests} samples that one may have`,
      {
        remedy:
          'give a shorter --min-duration, fewer --min-queries, or a --target-qps or --target-latency nearer to what the server does',
      },
    );
  return { asked, library, settings, set, queries, madeMs: [start, madeSet, performance.now()] };
}

function checkModes(asked: MlperfSettings, { size }: SampleSet): void {
  if (asked.performanceIssueUnique && asked.performanceIssueSame)
    throw new ThinferError(
      'usage',
      'performance_issue_unique and performance_issue_same exclude each other',
      {
        remedy: 'leave one out of the configuration',
      },
    );
  if (asked.performanceIssueSame && asked.performanceIssueSameIndex >= size)
    throw new ThinferError(
      'usage',
      `performance_issue_same_index = ${asked.performanceIssueSameIndex}: there are ${size} samples`,
      { remedy: 'give a number below that, or more --inputs' },
    );
}
