import type { PlanningCase } from './planner.ts';
import type { Place } from './prior.ts';

/** The cells that any plan may use: no more threads than the most cores, no batch beyond the first that holds all items. */
export function cellsWithin<P extends Place>(places: readonly P[], cases: readonly PlanningCase[]): P[] {
  const cores = Math.max(...cases.map((question) => question.cores));
  const items = Math.max(...cases.map((question) => question.items));
  const largest = Math.min(...places.map(({ batch }) => (batch >= items ? batch : Number.POSITIVE_INFINITY)));
  return places.filter(({ threads, batch }) => threads <= cores && batch <= largest);
}

/**
 * Of those the cells that can matter. Where all items are powers of two some best set has equal instances, so of each
 * batch only the most threads are left that n of them can have.
 */
export function placesFor<P extends Place>(places: readonly P[], cases: readonly PlanningCase[]): P[] {
  const within = cellsWithin(places, cases);
  if (!cases.every((question) => Number.isInteger(Math.log2(question.items)))) return within;
  const byBatch = Map.groupBy(within, ({ batch }) => batch);
  return within.filter(({ threads, batch }) =>
    cases.some(({ cores }) => isShare(threads, cores, byBatch.get(batch)!)),
  );
}

/** Whether no cell of the same batch has more threads on which just as many instances fit. */
function isShare(threads: number, cores: number, column: readonly Place[]): boolean {
  if (threads > cores) return false;
  const instances = Math.floor(cores / threads);
  return !column.some((other) => other.threads > threads && Math.floor(cores / other.threads) === instances);
}
