import type { Point, Visit } from '../profile/index.ts';
import { placeName } from './cores-study.ts';
import { type Estimate, quotient } from './quotient.ts';
import { setTimes } from './set-times.ts';
import type { InstancesCurve, InstancesPoint, InstancesStudy, Sizes, StudyFailure } from './types.ts';

/** Equal instances that share T cores. */
export interface EqualSet {
  readonly instances: number;
  /** Of each: ⌊T/n⌋. */
  readonly threads: number;
  /** Items of each instance at once. */
  readonly batch: number;
}

/** What one curve asks: how many items, of all instances together or of each. */
export interface InstancesQuestion {
  /** T. */
  readonly cores: number;
  readonly instances: readonly number[];
  readonly batch: number;
  readonly per: InstancesStudy['per'];
}

/**
 * The equal sets of a curve, by ascending instances. Left out, with the reason: more instances than cores, and items
 * that equal instances can't share.
 */
export function equalSets({ cores, instances, batch, per }: InstancesQuestion): {
  readonly sets: readonly EqualSet[];
  readonly leftOut: readonly { readonly instances: number; readonly reason: string }[];
} {
  const sets: EqualSet[] = [];
  const leftOut: { instances: number; reason: string }[] = [];
  for (const count of instances)
    if (count > cores)
      leftOut.push({ instances: count, reason: `they need ${count} cores, and T is ${cores}` });
    else if (per === 'set' && batch % count !== 0)
      leftOut.push({
        instances: count,
        reason: `${batch} ${batch === 1 ? 'item' : 'items'} can't be shared equally`,
      });
    else
      sets.push({
        instances: count,
        threads: Math.floor(cores / count),
        batch: per === 'set' ? batch / count : batch,
      });
  return { sets, leftOut };
}

/** A set that was measured, or failed. */
export interface SetPoint {
  readonly set: EqualSet;
  readonly point: Point;
  /** The visits that the point's statistics rest on; empty where it failed. */
  readonly visits: readonly Visit[];
}

/** The sets of one curve. */
export interface SetCurve {
  readonly dims: Sizes;
  readonly question: InstancesQuestion;
  readonly points: readonly SetPoint[];
}

/** Curves over the number of instances from the points of sets that ran at once. */
export function instancesStudy(
  curves: readonly SetCurve[],
  per: InstancesStudy['per'],
  leftOut: readonly StudyFailure[],
): InstancesStudy {
  return {
    study: 'instances',
    per,
    curves: curves.flatMap((curve) => curveOf(curve) ?? []),
    failures: [...leftOut, ...curves.flatMap(failuresOf)],
  };
}

function curveOf({ dims, question, points }: SetCurve): InstancesCurve | null {
  const { batch, per, cores } = question;
  const measured = points.flatMap(({ set, point, visits }) =>
    point.state === 'measured' ? { set, point, times: setTimes(visits, set.batch) } : [],
  );
  const [first] = measured;
  if (first === undefined) return null;
  const list = measured.map(({ set, point, times }): InstancesPoint => {
    const { slowestMs, itemsPerSecond } = times;
    const gain =
      per === 'set'
        ? quotient(first.times.slowestMs, slowestMs)
        : quotient(itemsPerSecond, first.times.itemsPerSecond);
    return {
      ...set,
      items: set.instances * set.batch,
      idleCores: cores - set.instances * set.threads,
      latencyMs: slowestMs,
      itemsPerSecond,
      speedUp: point === first.point ? { ratio: 1, interval: [1, 1] } : gain,
      trusted: point.verdict.trusted,
      hash: point.hash,
    };
  });
  return { dims, batch, points: list, ...bestOf(list, per) };
}

/** Of those that are as good as the best within the intervals, the one with the fewest instances. */
function bestOf(
  points: readonly InstancesPoint[],
  per: InstancesStudy['per'],
): Pick<InstancesCurve, 'best' | 'asGood'> {
  const figureOf = (point: InstancesPoint): Estimate =>
    per === 'set' ? point.latencyMs : point.itemsPerSecond;
  const isBetter = (a: number, b: number): boolean => (per === 'set' ? a < b : a > b);
  const top = points.reduce((most, point) =>
    isBetter(figureOf(point).value, figureOf(most).value) ? point : most,
  );
  const [low, high] = figureOf(top).interval;
  const equals = points.filter((point) => {
    const { interval } = figureOf(point);
    return point === top || (interval[0] <= high && interval[1] >= low);
  });
  const [best, ...asGood] = equals.map(({ instances }) => instances);
  return { best: best!, asGood };
}

function failuresOf({ dims, question, points }: SetCurve): StudyFailure[] {
  return points.flatMap(({ set, point }) =>
    point.state === 'failed'
      ? {
          place: placeName(dims, `batch ${question.batch}, ${set.instances} instances`),
          message: `${point.failure}: ${point.message}`,
          impossible: false,
        }
      : [],
  );
}
