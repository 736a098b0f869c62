/** What a column is for; `describing` ones tell series apart, `ignored` ones are neither read nor checked. */
export type ColumnRole = 'describing' | 'cell' | 'measure' | 'state' | 'ignored';

/**
 * Every column that a table may have. The first block is that of Packrat's published files, which differ in which of
 * them they have (`instances` stands in those of several instances); the second is what thinfer's own export adds.
 */
const roles: Readonly<Record<string, ColumnRole>> = {
  benchmark: 'describing',
  topology: 'describing',
  pinning: 'describing',
  ht: 'describing',
  source: 'describing',
  allocator: 'describing',
  instances: 'cell',
  instance_id: 'cell',
  interop_threads: 'describing',
  intraop_threads: 'cell',
  batch_size: 'cell',
  'latency(min)': 'measure',
  'latency(avg)': 'measure',
  'latency(max)': 'measure',
  throughput: 'measure',
  flops: 'ignored',

  'latency(median)': 'measure',
  'latency(ci_low)': 'measure',
  'latency(ci_high)': 'measure',
  'latency(p90)': 'ignored',
  'latency(p99)': 'ignored',
  'latency(slowest)': 'ignored',
  samples: 'ignored',
  replicas: 'ignored',
  mode: 'describing',
  cores: 'describing',
  state: 'state',
  trusted: 'ignored',
  disturbances: 'ignored',
  visits: 'ignored',
  visits_left_out: 'ignored',
  rss_bytes: 'measure',
  pss_bytes: 'ignored',
  engine_version: 'describing',
  precision: 'describing',
  optimization: 'describing',
  spin_after_run: 'describing',
  dims: 'describing',
  memory_policy: 'describing',
  cpu_model: 'describing',
  model_hash: 'describing',
  topology_hash: 'describing',
  method: 'describing',
  hash: 'ignored',
  measured_at: 'ignored',
  message: 'ignored',
};

/** Describing columns that may be empty: a model without free dimensions has no `dims`. */
const optional = new Set(['dims']);

/** The names of all columns that a table may have. */
export const columnNames: readonly string[] = Object.keys(roles);

/** Those that published tables have, in their order. */
export const publishedColumns: readonly string[] = columnNames.slice(0, columnNames.indexOf('flops') + 1);

/** What a column is for; undefined: nobody knows it. */
export function roleOf(column: string): ColumnRole | undefined {
  return Object.hasOwn(roles, column) ? roles[column] : undefined;
}

/** Whether a row without a value in this describing column is in order. */
export function mayBeEmpty(column: string): boolean {
  return optional.has(column);
}
