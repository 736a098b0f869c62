import type { CheckCell, FoundCell } from './types.ts';

/** All numbers that a printed one may stand for. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Room for the binary fractions of decimal numbers. */
const slack = 1e-9;

/** What a printed number may stand for before it was rounded. */
export const rangeOf = ({ value, half }: Pick<CheckCell, 'value' | 'half'>): Range => ({
  low: value - half,
  high: value + half,
});

/** A number that is not rounded. */
export const exactly = (value: number): Range => ({ low: value, high: value });

/** Whether two ranges have a number in common. */
export function overlap(a: Range, b: Range): boolean {
  const room = slack * Math.max(Math.abs(a.high), Math.abs(b.high));
  return a.low <= b.high + room && b.low <= a.high + room;
}

/** Whether a printed number must be above another: rounding to the same digit keeps the order, to different ones it may not. */
export function isAbove(a: CheckCell, b: CheckCell): boolean {
  const room = a.half === b.half ? 0 : a.half + b.half;
  return a.value - b.value > room + slack * Math.abs(b.value);
}

/** The numbers that two ranges have in common; null: none. */
export function intersection(a: Range, b: Range): Range | null {
  return overlap(a, b) ? { low: Math.max(a.low, b.low), high: Math.min(a.high, b.high) } : null;
}

/** Of positive numbers. */
export const product = (a: Range, b: Range): Range => ({ low: a.low * b.low, high: a.high * b.high });

/** Of positive numbers. */
export const quotient = (a: Range, b: Range): Range => ({
  low: a.low / b.high,
  high: b.low > 0 ? a.high / b.low : Number.POSITIVE_INFINITY,
});

/** A number with as many digits as a reader needs to see what is wrong: those of `like`, and four at least. */
export function show(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  const digits = Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(Math.abs(value) || 1))));
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** The same, with the decimals of a printed number. */
export function showLike(value: number, { text }: Pick<CheckCell, 'text'>): string {
  const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
  return decimals > 6 ? show(value) : value.toFixed(decimals);
}

/** Where a finding points. */
export const found = ({ table, line, place, column, text }: CheckCell): FoundCell => ({
  table,
  line,
  place: place ?? null,
  column: column.name,
  value: text,
});

/** The middle of numbers, at least one. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median distance from the median, scaled to the standard deviation of a normal distribution. */
export function spreadOf(values: readonly number[]): number {
  const centre = medianOf(values);
  return 1.4826 * medianOf(values.map((value) => Math.abs(value - centre)));
}
