/** A latency as HdrHistogram takes it: a whole number from 1. */
export function microseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1000));
}
