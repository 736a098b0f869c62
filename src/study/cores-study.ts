import type { Point } from '../profile/index.ts';
import { type Estimate, quotient } from './quotient.ts';
import type { CoreCurve, CorePoint, CoresStudy, SiblingGain, Sizes, StudyFailure } from './types.ts';

/** A point of a single instance, and the physical cores it had. */
export interface PlacedPoint {
  readonly point: Point;
  readonly cores: number;
}

/** Twice the cores have to make it this many times as fast, or scaling has stopped. */
export const leastGain = 1.2;

/** Curves over cores from the points of single instances. */
export function coresStudy(
  placed: readonly PlacedPoint[],
  hardwareThreads: CoresStudy['hardwareThreads'],
): CoresStudy {
  const curves = [...Map.groupBy(placed, ({ point }) => curveName(point)).values()].flatMap(
    (members) => curveOf(members) ?? [],
  );
  return {
    study: 'cores',
    curves,
    siblings: curves.flatMap((curve) => gainsOf(curve, curves)),
    hardwareThreads,
    failures: placed.flatMap(failureOf),
  };
}

function curveName({ settings }: Point): string {
  return JSON.stringify([settings.dims, settings.batch, settings.hardwareThreads]);
}

function curveOf(members: readonly PlacedPoint[]): CoreCurve | null {
  const measured = members
    .flatMap(({ point, cores }) => (point.state === 'measured' ? { point, cores } : []))
    .sort((a, b) => a.cores - b.cores);
  const [first] = measured;
  if (first === undefined) return null;
  const latencyOf = ({ stats }: (typeof first)['point']): Estimate => ({
    value: stats.medianMs,
    interval: stats.interval,
  });
  const base = latencyOf(first.point);
  const points = measured.map(({ point, cores }): CorePoint => {
    const latencyMs = latencyOf(point);
    const { threads, batch } = point.settings;
    return {
      cores,
      threads,
      latencyMs,
      itemsPerSecond: rateOf(latencyMs, batch),
      speedUp: point === first.point ? { ratio: 1, interval: [1, 1] } : quotient(base, latencyMs),
      trusted: point.verdict.trusted,
      hash: point.hash,
    };
  });
  const { dims, batch, hardwareThreads } = first.point.settings;
  return { dims, batch, hardwareThreads, points, stopsAt: stopOf(points), fastest: fastestOf(points) };
}

function rateOf({ value, interval: [low, high] }: Estimate, batch: number): Estimate {
  const at = (ms: number): number => (batch * 1000) / ms;
  return { value: at(value), interval: [at(high), at(low)] };
}

/** A step of more or less than a doubling counts by the root that a doubling of it would be. */
function stopOf(points: readonly CorePoint[]): number {
  const last = points.findLastIndex((point, index) => {
    const before = points[index - 1];
    if (before === undefined) return true;
    const gain = before.latencyMs.value / point.latencyMs.value;
    return gain ** (1 / Math.log2(point.cores / before.cores)) >= leastGain;
  });
  return points[last]!.cores;
}

function fastestOf(points: readonly CorePoint[]): number {
  return points.reduce((best, point) => (point.latencyMs.value < best.latencyMs.value ? point : best)).cores;
}

/** Of a curve with hardware threads, what they change where the same cores were measured without. */
function gainsOf(curve: CoreCurve, curves: readonly CoreCurve[]): SiblingGain[] {
  if (!curve.hardwareThreads) return [];
  const { dims, batch } = curve;
  const physical = curves.find(
    (other) => !other.hardwareThreads && other.batch === batch && sameSizes(other.dims, dims),
  );
  return curve.points.flatMap((point) => {
    const alone = physical?.points.find(({ cores }) => cores === point.cores);
    if (alone === undefined) return [];
    const gain = quotient(alone.latencyMs, point.latencyMs);
    return { dims, batch, cores: point.cores, gain, trusted: point.trusted && alone.trusted };
  });
}

const sameSizes = (a: Sizes, b: Sizes): boolean => JSON.stringify(a) === JSON.stringify(b);

function failureOf({ point, cores }: PlacedPoint): StudyFailure[] {
  if (point.state !== 'failed') return [];
  const { batch, hardwareThreads } = point.settings;
  const where = `batch ${batch}, ${cores} cores${hardwareThreads ? ' with hardware threads' : ''}`;
  return [
    {
      place: placeName(point.settings.dims, where),
      message: `${point.failure}: ${point.message}`,
      impossible: false,
    },
  ];
}

/** `sequence 128, batch 8`. */
export function placeName(dims: Sizes, rest: string): string {
  return [...Object.entries(dims).map(([name, size]) => `${name} ${size}`), rest].join(', ');
}
