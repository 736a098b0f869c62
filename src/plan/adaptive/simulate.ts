import { seededRandom } from '../../stats/index.ts';
import { solve } from '../solve.ts';
import type { Cell } from '../types.ts';
import { normalNumbers } from './belief.ts';
import { measurementsFor } from './measurements.ts';
import { cellsWithin, placesFor } from './places.ts';
import { AdaptivePlanner, type PlanningCase } from './planner.ts';

/** What is replayed. */
export interface SimulationQuestion {
  /** The full table. */
  readonly cells: readonly Cell[];
  readonly cases: readonly PlanningCase[];
  /** Measurements made; a cell may be measured more than once. Default: `measurementsFor`. */
  readonly measurements?: number | undefined;
  /** Relative standard deviation of the noise put on each measurement. Default 0. */
  readonly noise?: number | undefined;
  /** Of noise and choices. Default 1. */
  readonly seed?: number | undefined;
}

/** One case of a replay. */
export interface CaseRegret extends PlanningCase {
  /** Time of the plan made from the measured cells over that of the full table's best, both by the full table, less 1. */
  readonly regret: number;
}

/** How good plans are that an adaptive profile leads to. */
export interface Simulation {
  /** Cells of the table up to the most cores and items: what a full profile would measure. */
  readonly cells: number;
  /** Measurements made, repeated ones included. */
  readonly measured: number;
  readonly cases: readonly CaseRegret[];
  readonly meanRegret: number;
  readonly maxRegret: number;
}

/** Replays an adaptive profile on a table: cells are looked up instead of measured. Every case must have a plan. */
export function simulateAdaptive(question: SimulationQuestion): Simulation {
  const { cases, noise = 0, seed = 1 } = question;
  const places = placesFor(question.cells, cases);
  const truth = new Map(places.map((cell) => [`${cell.threads}/${cell.batch}`, cell.latencyMs]));
  const timeOf = ({ threads, batch }: { threads: number; batch: number }): number =>
    truth.get(`${threads}/${batch}`)!;
  const normal = normalNumbers(seededRandom(seed ^ 0x5bd1e995));
  const planner = new AdaptivePlanner({ places, cases, seed });
  const measured = question.measurements ?? measurementsFor(cases, noise);
  for (let i = 0; i < measured; i++) {
    const place = planner.next(noise);
    planner.observe(place, timeOf(place) * Math.exp(noise * normal()), noise);
  }
  const believed = planner.cells();
  const regrets = cases.map(({ cores, items }): CaseRegret => {
    const planned = solve(believed, cores, items)!;
    const reached = Math.max(...planned.groups.map(timeOf));
    return { cores, items, regret: reached / solve(question.cells, cores, items)!.latencyMs - 1 };
  });
  return {
    cells: cellsWithin(question.cells, cases).length,
    measured,
    cases: regrets,
    meanRegret: regrets.reduce((sum, { regret }) => sum + regret, 0) / regrets.length,
    maxRegret: Math.max(...regrets.map(({ regret }) => regret)),
  };
}
