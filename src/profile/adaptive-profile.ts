import { AdaptivePlanner, measurementsFor, type Place, type PlanningCase, solve } from '../plan/index.ts';
import type { GridCell } from './grid.ts';
import type { ProfileResult } from './profile.ts';
import type { Point } from './types.ts';

/** What an adaptive profile is asked, and how it measures. */
export interface AdaptiveRequest {
  /** Cells that may be measured; every case must have a plan on them. */
  readonly places: readonly Place[];
  readonly cases: readonly PlanningCase[];
  /** How many cells are measured. Default: `measurementsFor` the cases, at most all places. */
  readonly measurements?: number;
  /** Measured first: those that a trial needs in any case. */
  readonly first: readonly Place[];
  /** Points known from before, in any order; those of other cells are passed over. */
  readonly known: readonly Point[];
  /** Nothing is measured after so long, in ms; null: no bound. */
  readonly budgetMs: number | null;
  /** Measures cells; takes those that are stored already from there. */
  readonly measure: (cells: readonly GridCell[], time: MeasuringTime) => Promise<ProfileResult>;
  /** Called before each choice with the cells measured so far, and how many there will be. */
  readonly onChoice?: (measured: number, of: number) => void;
}

/** How long a call may measure, in ms; null: no bound but those of the sampling rule. */
export interface MeasuringTime {
  /** All cells together. */
  readonly budgetMs: number | null;
  /** Each cell, in its visits. */
  readonly cellMs: number | null;
}

/** What an adaptive profile gives. */
export interface AdaptiveResult extends ProfileResult {
  /** Cells that might have been measured. */
  readonly places: number;
}

/**
 * Measures, cell after cell, where a measurement is expected to make the plans better, and at last the cells of the
 * plans themselves. A cell that can't be measured is out of the question from then on. What was measured before counts,
 * so a profile that was stopped goes on.
 *
 * A budget is shared out evenly over the cells still to come: where a machine is so restless that no interval gets
 * narrow, a few cells known well would tell less than all of them known roughly. What is left in the end goes to the
 * cells of the plans.
 */
export async function adaptiveProfile(request: AdaptiveRequest): Promise<AdaptiveResult> {
  const { cases, measure, budgetMs } = request;
  const began = performance.now();
  const points = new Map<string, Point>();
  const places = new Map(request.places.map((place) => [keyOf(place), place]));
  let reused = 0;
  const leftOut: GridCell[] = [];

  /** Undefined: to be made anew, since what it was told does not hold any more. */
  let known: AdaptivePlanner | null | undefined;
  const planner = (): AdaptivePlanner | null => {
    if (known === undefined) {
      const left = [...places.values()];
      const open = cases.filter((question) => canPlan(left, question));
      known = open.length === 0 ? null : new AdaptivePlanner({ places: left, cases: open });
      for (const point of points.values()) observe(known, point);
    }
    return known;
  };
  const take = (point: Point): void => {
    const key = keyOf(point.settings);
    if (!places.has(key)) return;
    if (point.state === 'failed' || points.has(key)) known = undefined;
    else if (known !== undefined) observe(known, point);
    points.set(key, point);
    if (point.state === 'failed') places.delete(key);
  };
  /** @param toCome How many cells the budget is for, these included; null: these may take all of it. */
  const measureAll = async (asked: readonly Place[], toCome: number | null): Promise<void> => {
    const left = budgetMs === null ? null : Math.max(0, budgetMs - (performance.now() - began));
    const cells = asked.map(({ threads, batch }): GridCell => ({ threads, batch, mode: 'together' }));
    const cellMs = left === null || toCome === null ? null : (left / toCome) * measuringShare;
    const isNew = asked.some((place) => !points.has(keyOf(place)));
    const result = await measure(cells, { budgetMs: left, cellMs });
    if (isNew) reused += result.reused;
    leftOut.push(...result.leftOut);
    for (const point of result.points) take(point);
  };

  for (const point of request.known) if (point.state === 'measured') take(point);
  reused += points.size;
  const count = Math.min(places.size, request.measurements ?? measurementsFor(cases));
  const first = request.first.filter((place) => places.has(keyOf(place)) && !points.has(keyOf(place)));
  /** Some plan may rest on a cell that was not chosen before. */
  const toCome = (): number => Math.max(1, count - points.size) + 1;
  if (first.length > 0) await measureAll(first, toCome());
  let choice = planner();
  while (choice !== null && leftOut.length === 0 && points.size < count) {
    request.onChoice?.(points.size, count);
    const next = choice.nextNew();
    if (next === null) break;
    await measureAll([next], toCome());
    choice = planner();
  }
  const surer = new Set<string>();
  while (choice !== null && leftOut.length === 0) {
    const open = choice.unconfirmed().filter((place) => !points.has(keyOf(place)));
    const unsure = budgetMs === null ? [] : choice.planned().filter((place) => !surer.has(keyOf(place)));
    if (open.length > 0) await measureAll(open, open.length);
    else if (unsure.length > 0) await measureAll(unsure, null);
    else break;
    if (open.length === 0) for (const place of unsure) surer.add(keyOf(place));
    choice = planner();
  }
  return {
    points: [...points.values()],
    reused,
    leftOut,
    seconds: (performance.now() - began) / 1000,
    places: request.places.length,
  };
}

/** Of the time of a cell the rest goes by while its instances load. */
const measuringShare = 0.7;

const keyOf = ({ threads, batch }: Place): string => `${threads}/${batch}`;

function observe(planner: AdaptivePlanner | null, point: Point): void {
  if (point.state !== 'measured') return;
  const { medianMs, interval } = point.stats;
  planner?.observe(point.settings, medianMs, relativeError(medianMs, interval));
}

/** Whether some set of these cells holds the items. */
function canPlan(places: readonly Place[], { cores, items }: PlanningCase): boolean {
  const cells = places.map(({ threads, batch }) => ({ threads, batch, latencyMs: 1, fitted: true }));
  return solve(cells, cores, items) !== null;
}

/** Standard error of a median over the median, from its 95 % interval. */
const relativeError = (medianMs: number, [low, high]: readonly [number, number]): number =>
  (high - low) / (2 * 1.96 * medianMs);
