import { solve } from '../solve.ts';
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
 * Of those the cells that can matter. Where all items and cores are powers of two some best set has, as a rule, equal
 * instances, so only the share of each of n instances is left: the first batch that holds ⌈B/n⌉ items, with the most
 * threads that n instances can have. Otherwise sets of unequal instances and idle cores matter too, and all are left.
 */
export function placesFor<P extends Place>(places: readonly P[], cases: readonly PlanningCase[]): P[] {
  const within = cellsWithin(places, cases);
  if (!cases.every(({ cores, items }) => isPower(cores) && isPower(items))) return within;
  const shares = new Set(cases.flatMap((question) => sharesOf(within, question)));
  const left = within.filter((place) => shares.has(place));
  // Where the table has holes, equal instances may not do.
  const cells = left.map(({ threads, batch }) => ({ threads, batch, latencyMs: 1, fitted: false }));
  return cases.every(({ cores, items }) => solve(cells, cores, items) !== null) ? left : within;
}

const isPower = (count: number): boolean => Number.isInteger(Math.log2(count));

function sharesOf<P extends Place>(places: readonly P[], { cores, items }: PlanningCase): P[] {
  const columns = Map.groupBy(places, ({ batch }) => batch);
  const batches = [...columns.keys()].sort((a, b) => a - b);
  return Array.from({ length: Math.min(cores, items) }, (_, i) => i + 1).flatMap((instances) => {
    const batch = batches.find((size) => size * instances >= items);
    const column = batch === undefined ? [] : columns.get(batch)!;
    const fitting = column.filter(({ threads }) => threads * instances <= cores);
    return fitting.toSorted((a, b) => b.threads - a.threads).slice(0, 1);
  });
}
