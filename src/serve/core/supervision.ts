/** When instances are restarted. */
export interface Supervision {
  /** First wait before a restart; doubled with each further failure up to `mostBackOffMs`. */
  readonly backOffMs: number;
  readonly mostBackOffMs: number;
  /** After so long without a failure the wait is the first one again. */
  readonly healthyMs: number;
  /** An instance that takes so many times its memory after the warm-up, and … */
  readonly leakFactor: number;
  /** … so many bytes more, is replaced. */
  readonly leakBytes: number;
  readonly memoryCheckMs: number;
}

export const defaultSupervision: Supervision = {
  backOffMs: 100,
  mostBackOffMs: 30_000,
  healthyMs: 60_000,
  leakFactor: 2,
  leakBytes: 512 * 2 ** 20,
  memoryCheckMs: 2000,
};

/** Defaults of what requests are held to. */
export const defaultServeRules = {
  /** Items of one request. */
  mostItems: 4096,
  /** Where no instance lives, requests wait so long for one. */
  patienceMs: 10_000,
  /** A run that takes so many times what is expected, … */
  hangFactor: 10,
  /** … and so many ms more, counts as hung. */
  hangGraceMs: 5000,
} as const;
