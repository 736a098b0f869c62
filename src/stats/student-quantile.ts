import { logGamma } from './gamma.ts';

/** The chance that Student's t with `df` degrees of freedom (any number above 0, ∞ too) lies further from 0 than `t`: both tails. */
export function studentTails(t: number, df: number): number {
  if (!Number.isFinite(t)) return 0;
  // So many can hardly be told from the normal distribution, and lose no digits below.
  const degrees = Math.min(df, 1e6);
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The t that `tails` of Student's distribution lie further from 0 than, 0 < tails < 1; to 10 digits. */
export function studentQuantile(tails: number, df: number): number {
  let low = 0;
  let high = 1;
  while (studentTails(high, df) > tails && high < Number.MAX_SAFE_INTEGER) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-11 * high; step++) {
    const middle = (low + high) / 2;
    if (studentTails(middle, df) > tails) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Modified Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-14) break;
  }
  return result;
}
