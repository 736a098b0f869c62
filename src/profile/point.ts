import { countedVisits, isFloorReached, type SamplingRule } from './sampling-rule.ts';
import { judge, largestMemory, lastReadBack, summariseLatencies } from './summarise.ts';
import type { Point, PointSettings, StoredPoint } from './types.ts';

/** A stored point with its statistics, recomputed from the raw samples. */
export function toPoint(
  hash: string,
  settings: PointSettings,
  stored: StoredPoint,
  rule: SamplingRule,
): Point {
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
  const chosen = countedVisits(visits, rule);
  const counted = chosen.length > 0 ? chosen : visits;
  return {
    state: 'measured',
    hash,
    settings,
    replicas: counted[0]?.replicas.length ?? 0,
    stats: summariseLatencies(counted),
    verdict: judge(counted, visits, isFloorReached(counted, rule)),
    memory: largestMemory(counted),
    readBack: lastReadBack(counted),
    measuredAt,
  };
}
