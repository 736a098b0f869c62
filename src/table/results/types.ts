/** What a column of a result table is about. */
export type Quantity =
  | 'model'
  | 'system'
  | 'sequence'
  | 'batch'
  | 'global-batch'
  | 'accumulation'
  | 'tensor-parallel'
  | 'pipeline-parallel'
  | 'data-parallel'
  | 'precision'
  | 'phase'
  | 'threads'
  | 'interop-threads'
  | 'instances'
  | 'concurrency'
  | 'devices'
  | 'nodes'
  | 'nodes-devices'
  | 'metric'
  | 'setting'
  | 'latency'
  | 'throughput'
  | 'speed-up'
  | 'weak-scaling'
  | 'strong-scaling'
  | 'scaling'
  | 'efficiency'
  | 'time-to-train'
  | 'accuracy'
  | 'loss'
  | 'memory'
  | 'power'
  | 'cost'
  | 'flops'
  | 'seed'
  | 'unknown';

/** `average`, `min`, `max`, `p50` … `p99.9`, `deviation` (standard deviation) or `error` (±, half an interval). */
export type Statistic = 'average' | 'min' | 'max' | 'deviation' | 'error' | `p${number}`;

/**
 * `dimension`: what is varied, or describes; `measure`: what came out; `seed`: one of several runs that a mean is of;
 * `unknown`: nobody could tell.
 */
export type ColumnRole = 'dimension' | 'measure' | 'seed' | 'unknown';

/** What one number of a column belongs to: a precision, or whatever else the heading says beside the quantity. */
export interface Qualifier {
  /** `fp32`, `tf32`, `fp16`, `bf16`, `mixed`, `int8` …; null: the heading names none. */
  readonly precision: string | null;
  /** Words of the heading that are no part of quantity, statistic, unit and precision; mostly empty. */
  readonly label: string;
}

/** A column as its heading was understood. */
export interface ResultColumn {
  /** The heading as it stands in the file. */
  readonly name: string;
  /** From 1. */
  readonly position: number;
  readonly role: ColumnRole;
  readonly quantity: Quantity;
  /** Null: the heading names none, which counts as the average. */
  readonly statistic: Statistic | null;
  /** As the heading has it, such as `ms`, `sentences/s`, `%`; null: none. */
  readonly unit: string | null;
  /** Printed number × scale = number in ms (latency), hours (time to train), items/s (throughput), or as it stands. */
  readonly scale: number;
  /** One for each number of a cell: several where the heading lists them behind a colon. */
  readonly parts: readonly Qualifier[];
  /** What a speed-up is from and to, where the heading says it. */
  readonly ratio: { readonly from: Qualifier; readonly to: Qualifier } | null;
  /** What the number is counted by: `device`, `node`, `watt` of `img/s per GPU`; null: nothing. */
  readonly per: string | null;
}

/** A number of a cell, as printed. */
export interface ResultNumber {
  readonly value: number;
  /** Half of the last printed digit: what rounding may have taken. 0 for numbers that are not rounded. */
  readonly half: number;
}

/** A cell: its text, and its numbers (one per part of the column; null where the cell has none, such as `n/a`). */
export interface ResultCell {
  readonly text: string;
  readonly numbers: readonly (ResultNumber | null)[];
}

/** A row below the header. */
export interface ResultRow {
  /** Line of the file where it ends, from 1. */
  readonly line: number;
  /** As many as there are columns. */
  readonly cells: readonly ResultCell[];
}

/** A row that says of the others what they are on average, or altogether. */
export interface ResultSummary extends ResultRow {
  readonly of: SummaryKind;
  /** The rows it stands below, by their index. */
  readonly about: readonly number[];
}

/** What a row of a summary holds. */
export type SummaryKind = 'average' | 'geomean' | 'total' | 'overall' | 'median' | 'deviation' | 'extreme';

/** What a whole table is about, where a heading says it: `FP16, 256x GPUs`. */
export interface TableFacts {
  readonly precision: string | null;
  readonly devices: number | null;
}

/** A published table of results. */
export interface ResultTable {
  readonly kind: 'results';
  /** The file's name, as it was given; of a stored table its own. */
  readonly name: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
  readonly facts: TableFacts;
  /** Rows of means, sums and the like below the others: they keep no arithmetic but their own. */
  readonly summaries: readonly ResultSummary[];
  /** Empty rows and repeated headers that were left out. */
  readonly separators: number;
  /** What a reader should know, a sentence each. */
  readonly notices: readonly string[];
}
