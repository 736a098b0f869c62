import { mean } from '../stats/index.ts';
import { studentHalfWidth } from '../stats/student.ts';

/** What an instance meets when other cores are busy too. */
export interface ContentionSetting {
  /** Share of the machine's cores that others keep busy, 0 … 1. */
  readonly busyShare: number;
  /** Memory traffic of one of its cores while it has the machine to itself, in 10⁹ bytes per second. */
  readonly gigabytesPerSecond: number;
}

/** One cell measured both ways. */
export interface ContentionPair extends ContentionSetting {
  /** Pairs of one group (a model at given settings) err alike. */
  readonly group: string;
  /** Latency beside others over the latency alone. */
  readonly ratio: number;
}

/** How much longer instances take beside others, on one machine. */
export interface ContentionModel {
  /** ln(ratio) = busyShare · (perShare + perTraffic · gigabytesPerSecond). */
  readonly perShare: number;
  readonly perTraffic: number;
  /** Half width of 95 % of ln(ratio) around the model for a cell that it was not fitted to. */
  readonly halfWidth: number;
  /** Pairs it was fitted to, and of how many groups. */
  readonly pairs: number;
  readonly groups: number;
}

/** A factor and where it lies, 95 %. */
export interface ContentionFactor {
  readonly factor: number;
  readonly interval: readonly [number, number];
}

/** Two coefficients, and one pair more to tell how far they miss. */
const fewestPairs = 3;
/** Makes the fit the same for machines of any bandwidth: traffic in units of a core that is busy with memory alone. */
const trafficUnit = 10;
/** Strength of the pull to no contention, in pairs of a fully busy machine; decides where all pairs have one traffic. */
const ridge = 0.01;

/**
 * Fits the model by least squares with a ridge. How far it misses is told by leaving groups out (pairs, where there is
 * one group) and predicting them from the others. Null with fewer than three pairs.
 */
export function fitContention(pairs: readonly ContentionPair[]): ContentionModel | null {
  if (pairs.length < fewestPairs) return null;
  const byGroup = Map.groupBy(pairs, ({ group }) => group);
  const left = byGroup.size > 1 ? [...byGroup.values()] : pairs.map((pair) => [pair]);
  const errors = left.flatMap((out) => {
    const rest = solveRidge(pairs.filter((pair) => !out.includes(pair)));
    return out.map((pair) => Math.log(pair.ratio) - logFactor(rest, pair));
  });
  // Where one more error like these lies, 95 %.
  const spread = studentHalfWidth(errors) * Math.sqrt(errors.length + 1);
  return {
    ...solveRidge(pairs),
    halfWidth: Math.abs(mean(errors)) + spread,
    pairs: pairs.length,
    groups: byGroup.size,
  };
}

/** How much longer an instance takes; exactly 1 where no other core is busy. */
export function contentionFactor(model: ContentionModel, setting: ContentionSetting): ContentionFactor {
  if (setting.busyShare === 0) return { factor: 1, interval: [1, 1] };
  const centre = logFactor(model, setting);
  return {
    factor: Math.exp(centre),
    interval: [Math.exp(centre - model.halfWidth), Math.exp(centre + model.halfWidth)],
  };
}

type Coefficients = Pick<ContentionModel, 'perShare' | 'perTraffic'>;

const logFactor = (
  { perShare, perTraffic }: Coefficients,
  { busyShare, gigabytesPerSecond }: ContentionSetting,
): number => busyShare * (perShare + perTraffic * gigabytesPerSecond);

/** The normal equations of two coefficients. */
function solveRidge(pairs: readonly ContentionPair[]): Coefficients {
  let [xx, xy, yy, xr, yr] = [ridge, 0, ridge, 0, 0];
  for (const { busyShare: x, gigabytesPerSecond, ratio } of pairs) {
    const y = (x * gigabytesPerSecond) / trafficUnit;
    const r = Math.log(ratio);
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xr += x * r;
    yr += y * r;
  }
  const determinant = xx * yy - xy * xy;
  return {
    perShare: (xr * yy - yr * xy) / determinant,
    perTraffic: (yr * xx - xr * xy) / determinant / trafficUnit,
  };
}
