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

/** A number in its quantity's unit over the number as printed. */
const scaleOf = ({ text, value }: Pick<CheckCell, 'text' | 'value'>): number => {
  const printed = Number.parseFloat(text.replaceAll(',', ''));
  // Cells of several numbers, and those derived from another, are as printed.
  const scale = value / printed;
  return (
    [1, 1e-6, 1e-3, 1000, 60_000, 3_600_000, 1 / 60, 1 / 3600, 0.01].find(
      (one) => Math.abs(scale / one - 1) < 1e-6,
    ) ?? 1
  );
};

/** A number in a cell's quantity's unit, as it would be printed in that cell: its unit, its decimals. */
export function showLike(value: number, cell: Pick<CheckCell, 'text' | 'value'>): string {
  const decimals = /\.(\d+)/.exec(cell.text)?.[1]?.length ?? 0;
  const printed = value / scaleOf(cell);
  return decimals > 6 ? show(printed) : printed.toFixed(decimals);
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
