/** A ratio with its 95 % interval. */
export interface Ratio {
  readonly ratio: number;
  readonly interval: readonly [number, number];
}

/** A figure with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/**
 * One figure over another. They were measured at different moments, so the interval goes from the least to the largest
 * quotient of the intervals' ends: it covers at least 95 %.
 */
export function quotient(over: Estimate, under: Estimate): Ratio {
  return {
    ratio: over.value / under.value,
    interval: [over.interval[0] / under.interval[1], over.interval[1] / under.interval[0]],
  };
}
