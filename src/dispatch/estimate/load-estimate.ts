/** What load is to be expected next. */
export interface LoadEstimate {
  readonly requestsPerSecond: number;
  /** In the mean; 1 where nothing came. */
  readonly itemsPerRequest: number;
  /** Of an item in the mean, over the length that latencies are known for; 1 where items have none. */
  readonly itemLength: number;
  /**
   * Variance over mean of the number of requests in equal times (index of dispersion): 1 for independent arrivals, 0 for an even
   * stream, more for bursts.
   */
  readonly burstiness: number;
  /** So long the load has been like this, as far as can be told. */
  readonly windowMs: number;
}

/** Nothing is known, or nothing comes. */
export const noLoad: LoadEstimate = {
  ...{ requestsPerSecond: 0, itemsPerRequest: 1, itemLength: 1 },
  ...{ burstiness: 1, windowMs: 0 },
};
