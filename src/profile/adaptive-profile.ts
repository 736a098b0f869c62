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
  readonly measure: (cells: readonly GridCell[], budgetMs: number | null) => Promise<ProfileResult>;
  /** Called before each choice with the cells measured so far, and how many there will be. */
  readonly onChoice?: (measured: number, of: number) => void;
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
 */
export async function adaptiveProfile(request: AdaptiveRequest): Promise<AdaptiveResult> {
  const { cases, measure, budgetMs } = request;
  const began = performance.now();
  const points = new Map<string, Point>();
  const places = new Map(request.places.map((place) => [keyOf(place), place]));
  let reused = 0;
  const leftOut: GridCell[] = [];

  const planner = (): AdaptivePlanner | null => {
    const left = [...places.values()];
    const open = cases.filter((question) => canPlan(left, question));
    if (open.length === 0) return null;
    const made = new AdaptivePlanner({ places: left, cases: open });
    for (const point of points.values())
      if (point.state === 'measured')
        made.observe(point.settings, point.stats.medianMs, relativeError(point.stats));
    return made;
  };
  const take = (point: Point): void => {
    const key = keyOf(point.settings);
    if (!places.has(key)) return;
    points.set(key, point);
    if (point.state === 'failed') places.delete(key);
  };
  const measureAll = async (asked: readonly Place[]): Promise<void> => {
    const left = budgetMs === null ? null : budgetMs - (performance.now() - began);
    const cells = asked.map(({ threads, batch }): GridCell => ({ threads, batch, mode: 'together' }));
    const result = await measure(cells, left);
    reused += result.reused;
    leftOut.push(...result.leftOut);
    for (const point of result.points) take(point);
  };

  for (const point of request.known) if (point.state === 'measured') take(point);
  reused += points.size;
  const count = Math.min(places.size, request.measurements ?? measurementsFor(cases));
  const first = request.first.filter((place) => places.has(keyOf(place)) && !points.has(keyOf(place)));
  if (first.length > 0) await measureAll(first);
  let choice = planner();
  while (choice !== null && leftOut.length === 0 && points.size < count) {
    request.onChoice?.(points.size, count);
    const next = choice.nextNew();
    if (next === null) break;
    await measureAll([next]);
    choice = planner();
  }
  while (choice !== null && leftOut.length === 0) {
    const open = choice.unconfirmed().filter((place) => !points.has(keyOf(place)));
    if (open.length === 0) break;
    await measureAll(open);
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

const keyOf = ({ threads, batch }: Place): string => `${threads}/${batch}`;

/** Whether some set of these cells holds the items. */
function canPlan(places: readonly Place[], { cores, items }: PlanningCase): boolean {
  const cells = places.map(({ threads, batch }) => ({ threads, batch, latencyMs: 1, fitted: true }));
  return solve(cells, cores, items) !== null;
}

/** Standard error of a median over the median, from its 95 % interval. */
function relativeError({
  medianMs,
  interval: [low, high],
}: {
  medianMs: number;
  interval: readonly [number, number];
}): number {
  return (high - low) / (2 * 1.96 * medianMs);
}
