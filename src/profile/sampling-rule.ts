import { relativeHalfWidth } from '../stats/index.ts';
import { summariseLatencies } from './summarise.ts';
import type { SamplingRule, Visit } from './types.ts';

/** ± 1 % in the median, from at least 3 visits and 9 runs, within 12 s a cell. */
export const defaultRule: SamplingRule = {
  fixed: null,
  halfWidth: 0.01,
  minVisits: 3,
  minRuns: 9,
  visitMs: 250,
  minRunsPerVisit: 3,
  ceilingMs: 12_000,
};

/** A run this long fills a visit by itself. */
const longRunMs = 2000;

/** A disturbed fixed-size visit is repeated at most so often. */
const fixedRepeats = 2;

const isClean = (visit: Visit): boolean => visit.disturbances.length === 0;

/** Of a point's visits, those that the rule asks for: all, or those with exactly its numbers of runs. */
export function fittingVisits(visits: readonly Visit[], { fixed }: SamplingRule): readonly Visit[] {
  if (fixed === null) return visits;
  return visits.filter(
    (visit) => visit.warmups === fixed.warmups && visit.replicas[0]?.durationNs.length === fixed.iterations,
  );
}

/** The visits that count: the clean ones where they are enough, all otherwise. */
export function countedVisits(all: readonly Visit[], rule: SamplingRule): readonly Visit[] {
  const visits = fittingVisits(all, rule);
  const clean = visits.filter(isClean);
  if (rule.fixed !== null) return (clean.length > 0 ? clean : visits).slice(-1);
  return isFloorReached(clean, rule) ? clean : visits;
}

/** Whether so many visits are as many as the rule asks for at least. */
export function isFloorReached(visits: readonly Visit[], rule: SamplingRule): boolean {
  if (rule.fixed !== null) return visits.length > 0;
  return visits.length >= rule.minVisits && (runsOf(visits) >= rule.minRuns || visits.every(isOneLongRun));
}

/** Runs that fill a visit by themselves are few: their number of visits has to do. */
function isOneLongRun({ replicas }: Visit): boolean {
  return replicas.every(
    ({ durationNs }) => durationNs.length === 1 && Number(durationNs[0]) / 1e6 > longRunMs,
  );
}

/** Whether a cell needs no further visit. */
export function isSampled(all: readonly Visit[], rule: SamplingRule): boolean {
  const visits = fittingVisits(all, rule);
  const clean = visits.filter(isClean);
  if (rule.fixed !== null) return clean.length > 0 || visits.length > fixedRepeats;
  const spentMs = visits.reduce((sum, visit) => sum + visit.wallMs, 0);
  if (!isFloorReached(clean, rule)) return spentMs >= 2 * rule.ceilingMs;
  if (spentMs >= rule.ceilingMs) return true;
  const { interval, medianMs } = summariseLatencies(clean);
  return relativeHalfWidth(interval, medianMs) <= rule.halfWidth;
}

/** How many runs the next visit counts, given what one run takes. */
export function runsPerVisit(runMs: number, rule: SamplingRule): number {
  if (rule.fixed !== null) return rule.fixed.iterations;
  if (runMs > longRunMs) return 1;
  return Math.min(1000, Math.max(rule.minRunsPerVisit, Math.round(rule.visitMs / runMs)));
}

function runsOf(visits: readonly Visit[]): number {
  return visits.reduce((sum, visit) => sum + (visit.replicas[0]?.durationNs.length ?? 0), 0);
}
