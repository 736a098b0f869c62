import type { LogScale } from './log-scale.ts';

/** A straight axis that holds zero and all values, with four to seven ticks; shaped as a log axis is, without the logarithm. */
export function linearScale(values: readonly number[]): LogScale {
  const least = Math.min(0, ...values);
  const greatest = Math.max(0, ...values);
  const range = greatest - least || 1;
  const power = 10 ** Math.floor(Math.log10(range));
  const step = ([0.2, 0.5, 1, 2].find((digit) => range / (digit * power) <= 6) ?? 5) * power;
  const first = Math.floor(least / step + 1e-9);
  const last = Math.ceil(greatest / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(6)),
  );
  return { low: Math.min(least, ticks[0]!), high: Math.max(greatest, ticks.at(-1)!), ticks };
}
