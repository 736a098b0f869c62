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

/** Spans the values with a little room, labelled at 1, 2, 5, 10 …, as coarsely as leaves four labels. */
export function logScale(values: readonly number[]): LogScale {
  const least = Math.log2(Math.min(...values));
  const greatest = Math.log2(Math.max(...values));
  const room = Math.max(0.12, (greatest - least) * 0.05);
  const low = least - room;
  const high = greatest + room;
  const choices = steps.map((digits) => ticksOf(digits, low, high));
  return { low, high, ticks: choices.find((ticks) => ticks.length >= 4) ?? evenTicks(low, high) };
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

/** Multiples of 1, 2 or 5 times a power of ten: for ranges within an octave, where a logarithm is nearly straight. */
function evenTicks(low: number, high: number): number[] {
  const range = 2 ** high - 2 ** low;
  const power = 10 ** Math.floor(Math.log10(range));
  const step = ([0.2, 0.5, 1, 2].find((digit) => range / (digit * power) <= 6) ?? 5) * power;
  const first = Math.ceil(2 ** low / step);
  const last = Math.floor(2 ** high / step);
  return Array.from({ length: last - first + 1 }, (_, index) => Math.log2((first + index) * step));
}
