/** A log₂ axis from a least to a greatest value, with its ticks. */
export interface LogScale {
  /** Ends of the axis, in log₂. */
  readonly low: number;
  readonly high: number;
  /** Values at which to label, in log₂. */
  readonly ticks: readonly number[];
}

/** Leading digits of ticks, from coarse to fine. */
const steps = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]] as const;
const finest = [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5];

/** Spans the values with a little room, labelled at 1, 2, 5, 10 …, as coarsely as leaves four labels. */
export function logScale(values: readonly number[]): LogScale {
  const least = Math.log2(Math.min(...values));
  const greatest = Math.log2(Math.max(...values));
  const room = Math.max(0.12, (greatest - least) * 0.05);
  const low = least - room;
  const high = greatest + room;
  const choices = steps.map((digits) => ticksOf(digits, low, high));
  return { low, high, ticks: choices.find((ticks) => ticks.length >= 4) ?? ticksOf(finest, low, high) };
}

function ticksOf(digits: readonly number[], low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(low / Math.log2(10)); power <= Math.ceil(high / Math.log2(10)); power++) {
    for (const digit of digits) {
      const tick = Math.log2(digit) + power * Math.log2(10);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
