import { digamma, mean, trigamma, trigammaInverse } from '../stats/index.ts';

/** A variance, and how many degrees of freedom it is known with. */
export interface Variance {
  readonly variance: number;
  readonly df: number;
}

/** From so many cells on, what they have in common is known well enough to help each of them. */
export const fewestCells = 20;

/**
 * What the cells have in common counts for less than the law by which spreads are said to differ (scaled inverse χ²)
 * allows, and for at most so many visits of each: the tails that many cells ask for would lean on that law.
 */
const priorShare = 0.7;
const mostPriorDf = 4;

/**
 * Variances of cells that have few visits each, drawn towards what is usual among them, with the degrees of freedom that
 * this is worth: moderated variances (G. K. Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3:3),
 * which learn from the cells themselves how much they have in common. Fewer than 20 cells stay as they are.
 *
 * @param cells At least one degree of freedom each.
 */
export function moderateVariances(cells: readonly Variance[]): readonly Variance[] {
  if (cells.length < fewestCells) return cells;
  const prior = estimatePrior(cells);
  return cells.map(({ variance, df }) => ({
    variance: (prior.df * prior.variance + df * variance) / (prior.df + df),
    df: prior.df + df,
  }));
}

/** ln s² without the bias that few degrees of freedom give it. */
export function unbiasedLog({ variance, df }: Variance): number {
  return Math.log(variance) - digamma(df / 2) + Math.log(df / 2);
}

/** Fits ln s² of the cells by moments: its mean gives the usual variance, its spread beyond chance how far cells differ. */
function estimatePrior(cells: readonly Variance[]): Variance {
  const logs = cells.map(unbiasedLog);
  const centre = mean(logs);
  const spread = logs.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (logs.length - 1);
  const excess = spread - mean(cells.map(({ df }) => trigamma(df / 2)));
  const found = excess <= 0 ? Number.POSITIVE_INFINITY : 2 * trigammaInverse(excess);
  const df = Math.min(priorShare * found, mostPriorDf);
  return { df, variance: Math.exp(centre + digamma(df / 2) - Math.log(df / 2)) };
}
