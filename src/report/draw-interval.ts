/** An interval as it is drawn; the tables give its true ends. */
export interface DrawnInterval {
  readonly ends: readonly [number, number];
  /** Whether the interval goes on beyond that end. */
  readonly isCut: readonly [boolean, boolean];
}

/** Few visits or rounds on a busy machine have intervals from zero to many times the value; drawn whole, they hide the rest. */
const farthest = 3;

/** Cuts an interval to what lies within a factor of three of its positive value. */
export function drawInterval([low, high]: readonly [number, number], value: number): DrawnInterval {
  const ends = [Math.max(low, value / farthest), Math.min(high, value * farthest)] as const;
  return { ends, isCut: [low < ends[0], high > ends[1]] };
}
