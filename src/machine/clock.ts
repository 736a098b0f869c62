/** A source of time, so that code which waits or measures can be run on a virtual clock. */
export interface Clock {
  /** Nanoseconds since an arbitrary start; never goes back. */
  monotonicNs(): bigint;
}

/**
 * The system's monotonic clock (CLOCK_MONOTONIC) in nanoseconds. All processes of a machine share its zero, so
 * stamps taken in different processes can be compared.
 */
export function monotonicNs(): bigint {
  return process.hrtime.bigint();
}

/** The real clock. */
export const systemClock: Clock = { monotonicNs };
