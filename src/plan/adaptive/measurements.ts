import type { PlanningCase } from './planner.ts';

/**
 * How many measurements an adaptive profile makes: grows with the numbers of different items and cores that are asked
 * about, not with the table; a fixed number, because the belief's own confidence is no good reason to stop. Items that
 * are no powers of two need sets of unequal instances, and those about twice as many cells; so do noisy measurements.
 *
 * @param noise Relative standard deviation of one measurement. Default 0.
 */
export function measurementsFor(cases: readonly PlanningCase[], noise = 0): number {
  const items = new Set(cases.map((question) => question.items));
  const cores = new Set(cases.map((question) => question.cores));
  const even = [...items].every((count) => Number.isInteger(Math.log2(count)));
  const base = Math.min(60, Math.floor(1.5 * items.size + 4 * cores.size)) * (even ? 1 : 2);
  return base + Math.round(base * Math.min(1, noise / 0.035));
}
