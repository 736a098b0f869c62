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
  /** What the cores beside the instance did. Default `alone`, as in published tables. */
  readonly origin?: CellOrigin;
}

/**
 * What the latencies of cells rest on. `together`: measured with the other cores busy, as a set runs.
 * `alone-with-contention`: measured with the other cores idle, and made longer by the contention model. `alone`: measured
 * so and taken as they are, or published.
 */
export type CellOrigin = 'together' | 'alone-with-contention' | 'alone';

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
  /** What its cells rest on; of several kinds the least like how a set runs. */
  readonly cells: CellOrigin;
  /**
   * Where the median of a trial of it is to lie, 95 %: the intervals of its cells, how far medians move from one visit to
   * another, and what waking up may take. Null where that is not known. What interpolation misses is not in it.
   */
  readonly predictionInterval: Interval | null;
}

/**
 * What is looked for. `latency`: the shortest time until all items are done. `throughput`: most items per second.
 * `cost`: the fewest cores that process so many items per second.
 */
export type Goal = 'latency' | 'throughput' | 'cost';

/** The answer of `thinfer plan`, as far as trials and pages need it. */
export interface PlanAnswer {
  readonly goal: Goal;
  readonly cores: number;
  /** B for `latency`; what the best plan holds at once for the other goals. */
  readonly items: number;
  readonly best: Plan;
  readonly alternatives: readonly Plan[];
  readonly baselines: { readonly fat: Plan | null; readonly thin: Plan | null };
  /** How much better the best is: predicted time over its for `latency`, its rate over the baseline's, or cores over its. */
  readonly speedup: {
    readonly fat: number | null;
    readonly thin: number | null;
    readonly default: number | null;
  };
  readonly table: { readonly cells: number; readonly measured: number; readonly fitted: number };
}

/** A plan with what it rests on. */
export interface ExplainedPlan extends Plan {
  /** The slowest of its cells. */
  readonly boundBy: CellName;
  /**
   * Where `predictedMs` may lie given the 95 % intervals of the plan's cells; null where they are not known. What
   * interpolation misses is not in it.
   */
  readonly interval: Interval | null;
  /** The same for `itemsPerSecond`. */
  readonly itemsPerSecondInterval: Interval | null;
  /** Σ instances × memory of one; null where a cell's is not known. */
  readonly memoryBytes: number | null;
  /** Which nodes each instance lies on; null where nodes don't matter. */
  readonly placement: readonly Placement[] | null;
  /** Null without a price. */
  readonly price: Price | null;
}

/** A place in a table. */
export interface CellName {
  readonly threads: number;
  readonly batch: number;
}

/** Low and high end, 95 %. */
export type Interval = readonly [number, number];

/** Where one instance of a set lies. */
export interface Placement {
  readonly threads: number;
  readonly batch: number;
  /** Places in the list of nodes, from 0; several only for an instance larger than every node. */
  readonly nodes: readonly number[];
}

/** What a plan costs at a price per core and hour, in the unit of that price. */
export interface Price {
  readonly perHour: number;
  /** At the asked rate for the goal `cost`, at the plan's own rate otherwise. */
  readonly perMillionItems: number;
}

/** Whether the next best plan may really be the better one. */
export interface RunnerUp {
  /** How much better the best is predicted to be than the first alternative: a ratio, as in `speedup`. */
  readonly ratio: number;
  /** Where that ratio may lie; null where intervals are not known. */
  readonly interval: Interval | null;
  /** Whether the interval reaches 1; null where it is not known. */
  readonly couldBeBetter: boolean | null;
}

/** What one change of the question would bring: the best plan then. */
export interface PlanStep {
  readonly cores: number;
  readonly items: number;
  readonly groups: readonly Group[];
  /** The largest L[t,b] over its instances. */
  readonly latencyMs: number;
  /** By the medians of its cells. */
  readonly itemsPerSecond: number;
}

/** Another cell beside the one that bounds the best plan. */
export interface CellStep extends CellName {
  readonly latencyMs: number;
  readonly msPerItem: number;
  readonly fitted: boolean;
}

/** What more threads, cores, items or time would change; null where the table can't tell or nothing changes. */
export interface WhatIf {
  /**
   * `latency`: the fewest further cores that make it faster. `throughput`: the fewest further cores that bring one
   * per cent more. `cost`: the rate with one core fewer.
   */
  readonly cores: PlanStep | null;
  /** `latency`: twice the items. */
  readonly items: PlanStep | null;
  /** `throughput` and `cost` within a latency: twice that latency. */
  readonly latency: PlanStep | null;
  /** The bounding cell with the next larger number of threads, at the same batch. */
  readonly threads: CellStep | null;
  /** The bounding cell with twice the batch, or the next larger one, with the same threads. */
  readonly batch: CellStep | null;
}

/** How sets are searched for: exactly, or by Packrat's own dynamic programme. */
export type Policy = 'exact' | 'packrat';

/** What a plan had to keep to, beside the cores; null: no such limit. */
export interface PlanLimits {
  /** No batch of any instance takes longer. */
  readonly latencyMs: number | null;
  /** The rate asked for, with the goal `cost`. */
  readonly itemsPerSecond: number | null;
  readonly memoryBytes: number | null;
  readonly largestBatch: number | null;
  /** Cores of each NUMA node that instances lie within. */
  readonly nodes: readonly number[] | null;
  readonly instancesPerNode: number | null;
  /** Whether all instances are equal. */
  readonly equal: boolean;
}

/** An answer that says why. */
export interface ExplainedAnswer extends PlanAnswer {
  readonly policy: Policy;
  readonly limits: PlanLimits;
  readonly best: ExplainedPlan;
  readonly alternatives: readonly ExplainedPlan[];
  readonly baselines: { readonly fat: ExplainedPlan | null; readonly thin: ExplainedPlan | null };
  /** Null where there is no alternative. */
  readonly runnerUp: RunnerUp | null;
  readonly whatIf: WhatIf;
}
