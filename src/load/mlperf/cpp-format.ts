/** A double as C++'s streams write it: six significant digits, as `%g`. */
export function general(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return '0';
  const exponent = Number(value.toExponential(5).split('e')[1]);
  if (exponent >= -4 && exponent < 6) return trimmed(value.toFixed(5 - exponent));
  const digits = trimmed(value.toExponential(5).split('e')[0]!);
  const sign = exponent < 0 ? '-' : '+';
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** A double with so many digits after the point, as `%f`. */
export function fixed(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits) : notFinite(value);
}

/** 0 / 0 gives a negative NaN on x86, where LoadGen runs. */
const notFinite = (value: number): string => (Number.isNaN(value) ? '-nan' : value > 0 ? 'inf' : '-inf');

const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** Ns as µs with three digits, without the rounding of a double. */
export function microsecondText(ns: number): string {
  const whole = Math.floor(ns / 1000);
  return `${whole}.${String(Math.round(ns - whole * 1000)).padStart(3, '0')}`;
}
