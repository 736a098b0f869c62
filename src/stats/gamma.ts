/** ln Γ(x) for x > 0, to about 15 digits (Lanczos, g = 7, n = 9; coefficients by P. Godfrey). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const at = x - 1;
  let sum = lanczos[0]!;
  for (let i = 1; i < lanczos.length; i++) sum += lanczos[i]! / (at + i);
  const base = at + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(base) - base + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ψ(x), the derivative of ln Γ, for x > 0: recurrence up to 8, then the asymptotic series (Abramowitz and Stegun 6.3.18). */
export function digamma(x: number): number {
  let sum = 0;
  let at = x;
  for (; at < 8; at++) sum -= 1 / at;
  const square = 1 / (at * at);
  return (
    sum + Math.log(at) - 0.5 / at - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
  );
}

/** ψ′(x) for x > 0 (Abramowitz and Stegun 6.4.12). */
export function trigamma(x: number): number {
  let sum = 0;
  let at = x;
  for (; at < 8; at++) sum += 1 / (at * at);
  const square = 1 / (at * at);
  return (
    sum + 1 / at + square / 2 + (square / at) * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square / 30)))
  );
}

/** The x > 0 where ψ′(x) = y, by Newton's method on 1/ψ′, which is almost straight (Smyth 2004, appendix). */
export function trigammaInverse(y: number): number {
  if (y > 1e7) return 1 / Math.sqrt(y);
  if (y < 1e-6) return 1 / y;
  let x = 0.5 + 1 / y;
  for (let step = 0; step < 50; step++) {
    const value = trigamma(x);
    const change = (value * (1 - value / y)) / tetragamma(x);
    x += change;
    if (-change / x < 1e-10) break;
  }
  return x;
}

/** ψ″(x) for x > 0 (Abramowitz and Stegun 6.4.13). */
function tetragamma(x: number): number {
  let sum = 0;
  let at = x;
  for (; at < 8; at++) sum -= 2 / at ** 3;
  const square = 1 / (at * at);
  return (
    sum -
    square -
    square / at -
    square * square * (1 / 2 - square * (1 / 6 - square * (1 / 6 - (3 * square) / 10)))
  );
}
