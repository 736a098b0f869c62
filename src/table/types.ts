/** One measured row of a table. */
export interface TableRow {
  /** Line of the file where it ends, from 1. */
  readonly line: number;
  /** Value of each of the table's describing columns. */
  readonly description: Readonly<Record<string, string>>;
  /** How many instances ran at the same time; null: the table does not say. */
  readonly instances: number | null;
  /** Which of them this is; 0: it ran alone. */
  readonly instanceId: number;
  readonly threads: number;
  readonly batch: number;
  /** Average time of a batch (median, where the table has one). */
  readonly latencyMs: number;
  /** Null where the table has throughputs only; so is `maxMs`. */
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** 95 % interval of the latency; only thinfer's own export has it. */
  readonly interval?: readonly [number, number];
  /** Resident set of the instance, in bytes; likewise. */
  readonly memoryBytes?: number;
}

/** A table whose rows are checked. */
export interface Table {
  /** The file's name, as it was given. */
  readonly name: string;
  /** The describing columns, in the file's order: rows that agree in them belong to one series. */
  readonly columns: readonly string[];
  /** The columns of measurements, in the file's order; missing in tables that an older version stored. */
  readonly measures?: readonly string[];
  readonly rows: readonly TableRow[];
  /** Rows whose average and largest latency stood in each other's column; all of them or 0. */
  readonly repaired: number;
  /** Rows that were left out because they repeat another one word for word. */
  readonly dropped: number;
  /** Rows without a measurement, as thinfer exports points that failed. */
  readonly skipped: number;
  /** What a reader should know of the above, a sentence each. */
  readonly notices: readonly string[];
}

/** The latency of one instance of `threads` threads at batch `batch`. */
export interface SeriesCell {
  readonly threads: number;
  readonly batch: number;
  /** Average time of a batch. */
  readonly latencyMs: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** Of the one run that the latency is; missing where there were several, or where the table has none. */
  readonly interval?: readonly [number, number];
  readonly memoryBytes?: number;
  /** 1: it ran alone; more: so many ran at once and the slowest counts, because no lone run is known. */
  readonly instances: number;
  /** Its first line in the file. */
  readonly line: number;
}

/** Equal instances that ran at the same time, against what a lone instance promised. */
export interface InstanceSet {
  readonly instances: number;
  readonly threads: number;
  readonly batch: number;
  /** The slowest instance's average. */
  readonly latencyMs: number;
  /** Average of each, by instance id. */
  readonly perInstanceMs: readonly number[];
  /** Latency of the lone cell of these threads and batch; null: the series has none. */
  readonly predictedMs: number | null;
  /** `latencyMs / predictedMs − 1`: above 0, the set was slower than promised. */
  readonly error: number | null;
  readonly line: number;
}

/** The rows of a table that agree in everything but threads, batch, instance and measurement. */
export interface Series {
  /** What describes it, by column. */
  readonly columns: Readonly<Record<string, string>>;
  /** By batch, then threads. */
  readonly cells: readonly SeriesCell[];
  /** By batch, then threads, then instances. */
  readonly sets: readonly InstanceSet[];
}
