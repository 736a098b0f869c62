import { placesFor } from './places.ts';
import type { PlanningCase } from './planner.ts';
import type { Place } from './prior.ts';

/** More places than this make the choice of the next one slow; thread counts no equal set uses go first. */
const mostPlaces = 1000;

/** Which cells an adaptive profile may measure. */
export interface CandidateQuestion {
  readonly cases: readonly PlanningCase[];
  /** Default: every count up to the most cores that can matter. */
  readonly threads?: readonly number[];
  /** Default: powers of two up to the most items, and the batches of equal sets. */
  readonly batches?: readonly number[];
}

/** The cells that can decide the plans of all cases, by threads, then batch. Empty where none fits. */
export function candidatePlaces({ cases, threads, batches }: CandidateQuestion): Place[] {
  const cores = Math.max(...cases.map((question) => question.cores));
  const items = Math.max(...cases.map((question) => question.items));
  const batchGrid = batches ?? [
    ...range(Math.floor(Math.log2(items)) + 1).map((power) => 2 ** (power - 1)),
    ...cases.flatMap((question) =>
      range(Math.min(question.cores, question.items)).map((instances) =>
        Math.ceil(question.items / instances),
      ),
    ),
  ];
  const distinct = [...new Set(batchGrid)].sort((a, b) => a - b);
  const placesOf = (counts: readonly number[]): Place[] =>
    placesFor(
      counts.flatMap((count) => distinct.map((batch) => ({ threads: count, batch }))),
      cases,
    );
  const all = placesOf(threads ?? range(cores));
  if (threads !== undefined || all.length <= mostPlaces) return all;
  const shares = cases.flatMap((question) =>
    range(question.cores).map((instances) => Math.floor(question.cores / instances)),
  );
  return placesOf([...new Set(shares)].sort((a, b) => a - b));
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
