/** A log₂ axis from a least to a greatest value, with its ticks. */
export interface LogScale {
  /** Ends of the axis, in log₂. */
  readonly low: number;
  readonly high: number;
  /** Values at which to label, in log₂. */
  readonly ticks: readonly number[];
}

const fineSteps = [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];

/** Spans the values with a little room, labelled at 1, 2, 5, 10 … (finer or coarser as the range asks), about `wanted` times. */
export function logScale(values: readonly number[], wanted: number): LogScale {
  const least = Math.log2(Math.min(...values));
  const greatest = Math.log2(Math.max(...values));
  const room = Math.max(0.12, (greatest - least) * 0.05);
  const low = least - room;
  const high = greatest + room;
  const choices = [fineSteps, [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]].map((steps) =>
    ticksOf(steps, low, high),
  );
  const few = choices.find((ticks) => ticks.length <= wanted) ?? choices.at(-1)!;
  return { low, high, ticks: few.length >= 2 ? few : ticksOf(fineSteps, low, high) };
}

function ticksOf(steps: readonly number[], low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(low / Math.log2(10)); power <= Math.ceil(high / Math.log2(10)); power++) {
    for (const step of steps) {
      const tick = Math.log2(step) + power * Math.log2(10);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
