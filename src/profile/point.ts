import type { ErrorCode } from '../errors.ts';
import { countedVisits, defaultRule, fittingVisits, isFloorReached } from './sampling-rule.ts';
import { judge, largestMemory, lastReadBack, summariseLatencies } from './summarise.ts';
import type { Point, PointFailure, PointSettings, SamplingRule, StoredPoint, Visit } from './types.ts';

/** A stored point with its statistics, recomputed from the raw samples. */
export function toPoint(hash: string, settings: PointSettings, stored: StoredPoint): Point {
  const { measuredAt, visits } = stored;
  if (stored.failure !== null)
    return {
      state: 'failed',
      hash,
      settings,
      failure: stored.failure.kind,
      message: stored.failure.message,
      measuredAt,
    };
  const counted = pointVisits(stored);
  return {
    state: 'measured',
    hash,
    settings,
    replicas: counted[0]?.replicas.length ?? 0,
    stats: summariseLatencies(counted),
    verdict: judge(counted, fittingVisits(visits, ruleOf(stored)), isFloorReached(counted, ruleOf(stored))),
    memory: largestMemory(counted),
    readBack: lastReadBack(counted),
    measuredAt,
  };
}

/** The visits that a stored point's statistics rest on, by the rule it was measured under. */
export function pointVisits(stored: StoredPoint): readonly Visit[] {
  const counted = countedVisits(stored.visits, ruleOf(stored));
  return counted.length > 0 ? counted : stored.visits;
}

/** The code of the error that ends a command because of a failure. */
export function failureCode(failure: PointFailure): ErrorCode {
  return failure === 'not-in-effect' ? 'machine' : failure;
}

const ruleOf = ({ rule }: StoredPoint): SamplingRule => rule ?? defaultRule;
