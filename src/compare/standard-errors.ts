import { mean } from '../stats/index.ts';
import { fewestCells, moderateVariances, unbiasedLog, type Variance } from './moderate.ts';

/** The logarithms of the medians of a cell's visits on one side; at least two. */
export interface Visits {
  readonly logs: readonly number[];
  /** So many were made whatever they showed. */
  readonly first: number;
}

/** How sure the logarithm of a cell's ratio is. */
export interface StandardError {
  readonly error: number;
  /** Degrees of freedom of Student's t. */
  readonly df: number;
}

/** A pair of sides of one cell. */
export interface Pair {
  readonly a: Visits;
  readonly b: Visits;
}

/** No spread is believed to be smaller than this share: clocks tick, and a few visits can agree by chance. */
const leastSpread = 1e-5;

/**
 * What all visits are worth beside the first ones: where there are many, they tell of the spread too. More than a third
 * lets equal sides differ too often (`compare.test.ts`).
 */
const laterShare = 1 / 3;

/**
 * Standard errors of ln(b/a) for every cell, the visit being the unit that chance works on.
 *
 * A cell is visited until its visits agree, so those that agreed early look surer than they are. Their first visits, which
 * were made in any case, don't: the spread is theirs, or that of all visits where it is larger, with their degrees of freedom
 * or a third of those of all visits. Up to 19 cells stand by themselves (Welch). From 20 on both sides of a cell are taken to spread alike but for
 * one factor between the sides, and cells lend each other what is usual among them (`moderateVariances`).
 */
export function standardErrors(pairs: readonly Pair[]): StandardError[] {
  const spreads = pairs.map(({ a, b }) => ({ a: spreadOf(a), b: spreadOf(b) }));
  if (pairs.length < fewestCells) return pairs.map((pair, index) => welch(pair, spreads[index]!));
  const factor = Math.exp(mean(spreads.map(({ a, b }) => unbiasedLog(b) - unbiasedLog(a))));
  const pooled = moderateVariances(
    spreads.map(({ a, b }) => pool(a, { ...b, variance: b.variance / factor })),
  );
  return pairs.map(({ a, b }, index) => {
    const { variance, df } = pooled[index]!;
    return { error: Math.sqrt(variance * (1 / a.logs.length + factor / b.logs.length)), df };
  });
}

function spreadOf({ logs, first }: Visits): Variance {
  const early = logs.slice(0, Math.max(2, first));
  return {
    variance: Math.max(varianceOf(early), varianceOf(logs), leastSpread ** 2),
    df: Math.max(early.length - 1, (logs.length - 1) * laterShare),
  };
}

function varianceOf(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

function pool(a: Variance, b: Variance): Variance {
  const df = a.df + b.df;
  return { variance: (a.df * a.variance + b.df * b.variance) / df, df };
}

/** Welch's unequal variances, with Satterthwaite's degrees of freedom. */
function welch({ a, b }: Pair, spreads: { readonly a: Variance; readonly b: Variance }): StandardError {
  const ofA = spreads.a.variance / a.logs.length;
  const ofB = spreads.b.variance / b.logs.length;
  const df = (ofA + ofB) ** 2 / (ofA ** 2 / spreads.a.df + ofB ** 2 / spreads.b.df);
  return { error: Math.sqrt(ofA + ofB), df };
}
