/**
 * MLPerf's early stopping: how many queries a run must have so that its percentile is below a bound with 99 % confidence, given how many
 * were above it. The cumulative binomial distribution, by the regularised incomplete beta function (DLMF 15.8.1 and 8.17), summed until
 * LoadGen's tolerance, so that the counts are those of LoadGen.
 */

/** MLPerf's confidence that the percentile of the population is below the bound. */
const confidence = 0.99;
/** Terms of the series below this end it. */
const seriesTolerance = 2 ** -33;

/** Finds the fewest queries under the bound for ascending numbers of queries above it. Each result narrows the search for the next. */
export class FewestUnder {
  private readonly share: number;
  /** The last two results: queries above the bound, and the fewest under it. Before there are any, two points below them. */
  private before: readonly [over: number, under: number] = [-1, 0];
  private last: readonly [over: number, under: number];
  private known = 0;

  /** @param percentile Below 1, such as 0.99: the share of queries that must be under the bound. */
  constructor(percentile: number) {
    this.share = percentile;
    this.last = [0, Math.ceil(Math.log(1 - confidence) / Math.log(percentile))];
  }

  /** @param over Queries above the bound; more than in the call before. */
  of(over: number): number {
    const [x0, y0] = this.before;
    const [x1, y1] = this.last;
    const steps = over - x1;
    const low = Math.trunc(steps * (this.share / (1 - this.share)) + y1);
    const high = steps * (y1 - y0) * (x1 - x0) + y1 + 1;
    const under = this.search(low, high, over);
    // The first result has LoadGen's distant point before it, not the point that it began with.
    if (this.known > 0) this.before = this.last;
    this.last = [over, under];
    this.known++;
    return under;
  }

  private search(from: number, to: number, over: number): number {
    let low = from;
    for (let count = to - from; count > 0; ) {
      const half = Math.floor(count / 2);
      const isEnough = chanceOfSoFew(low + half, over, this.share) < 1 - confidence;
      if (!isEnough) low += half + 1;
      count = isEnough ? half : count - half - 1;
    }
    return low;
  }
}

/**
 * The most queries that may lie above the estimate of a percentile, of so many in all. The estimate is the latency of the query
 * that comes as many places from the end. Null: they are too few for any. @param needed So many queries allow one above.
 */
export function mostOver(
  queries: number,
  percentile: number,
): { readonly needed: number; readonly over: number | null } {
  const fewest = new FewestUnder(percentile);
  const needed = fewest.of(1) + 1;
  if (queries < needed) return { needed, over: null };
  for (let over = 2; over <= queries; over++)
    if (queries < fewest.of(over) + over) return { needed, over: over - 1 };
  return { needed, over: 1 };
}

/** P(at most `over` of `under + over` queries are above the bound) where each is under it with probability `share`. */
function chanceOfSoFew(under: number, over: number, share: number): number {
  const exponent = under * Math.log(share) + over * Math.log(1 - share) - logBeta(under, over + 1);
  return (Math.exp(exponent) / under) * series(-over, 1 + under, share / (share - 1));
}

/** ₂F₁(1, b; c; x) where b is no positive number, so that the series ends. */
function series(b: number, c: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let index = 0; Math.abs(term) > seriesTolerance; index++) {
    term *= ((b + index) * x) / (c + index);
    sum += term;
  }
  return sum;
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** From here on Stirling's series with four terms has all digits of a double. */
const stirlingFrom = 20;

/** The logarithm of Γ(n) = (n − 1)! for a whole number from 1. */
function logGamma(n: number): number {
  if (n < stirlingFrom) {
    let factorial = 1;
    for (let factor = 2; factor < n; factor++) factorial *= factor;
    return Math.log(factorial);
  }
  const square = 1 / (n * n);
  const tail = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / n;
  return (n - 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + tail;
}
