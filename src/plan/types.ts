/** `instances` equal instances of `threads` threads, each taking up to `batch` items: the ⟨i, t, b⟩ of the paper. */
export interface Group {
  readonly instances: number;
  readonly threads: number;
  readonly batch: number;
}

/** One known cell of a table: the median batch latency of one instance of `threads` threads at batch `batch`. */
export interface Cell {
  readonly threads: number;
  readonly batch: number;
  readonly latencyMs: number;
  /** Whether it was interpolated, not measured. */
  readonly fitted: boolean;
  /** 95 % confidence interval of `latencyMs`; left out where it is not known. */
  readonly interval?: readonly [number, number];
  /** Resident set of one instance; left out where it is not known. */
  readonly memoryBytes?: number;
}

/** A configuration with what is predicted of it: the `P` of the JSON contract. */
export interface Plan {
  /** By descending threads, then batch. */
  readonly groups: readonly Group[];
  /** Cores used: Σ i·t. */
  readonly cores: number;
  /** The largest L[t,b] over its instances. */
  readonly latencyMs: number;
  /** Median of the slowest instance's latency, from raw samples where there are any. */
  readonly predictedMs: number;
  /** Items over `predictedMs`. */
  readonly itemsPerSecond: number;
  /** Whether any of its cells was not measured. */
  readonly fitted: boolean;
}

/** The answer of `thinfer plan`. */
export interface PlanAnswer {
  readonly goal: 'latency';
  readonly cores: number;
  readonly items: number;
  readonly best: Plan;
  readonly alternatives: readonly Plan[];
  readonly baselines: { readonly fat: Plan | null; readonly thin: Plan | null };
  /** Predicted time of the baseline over that of the best. */
  readonly speedup: {
    readonly fat: number | null;
    readonly thin: number | null;
    readonly default: number | null;
  };
  readonly table: { readonly cells: number; readonly measured: number; readonly fitted: number };
}
