import type { PlanningCase } from './planner.ts';
import type { Place } from './prior.ts';

/**
 * The cells that can matter: no more threads than the most cores, no batch beyond the first that holds all items.
 * Where all items are powers of two some best set has equal instances, so only the threads that n of them can have,
 * ⌊T/n⌋, are left.
 */
export function placesFor<P extends Place>(places: readonly P[], cases: readonly PlanningCase[]): P[] {
  const cores = Math.max(...cases.map((question) => question.cores));
  const items = Math.max(...cases.map((question) => question.items));
  const largest = Math.min(...places.map(({ batch }) => (batch >= items ? batch : Number.POSITIVE_INFINITY)));
  const shared = cases.every((question) => Number.isInteger(Math.log2(question.items)));
  return places.filter(
    ({ threads, batch }) =>
      threads <= cores &&
      batch <= largest &&
      (!shared || cases.some((question) => isShare(threads, question.cores))),
  );
}

/** Whether `threads` is what each of some number of equal instances gets of `cores`. */
const isShare = (threads: number, cores: number): boolean =>
  threads <= cores && Math.floor(cores / Math.floor(cores / threads)) === threads;
