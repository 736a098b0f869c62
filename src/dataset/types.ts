/** The settings that tell cells of one dataset apart, beside threads, batch and instances; in the order pages name them. */
export const settingNames = [
  'engine',
  'precision',
  'optimization',
  'mapping',
  'hardwareThreads',
  'memoryPolicy',
  'allocator',
  'hugePages',
  'spinning',
  'interOpThreads',
  'pinning',
  'mode',
] as const;

/** One of them. */
export type SettingName = (typeof settingNames)[number];

/** The value of each, as text; empty where the source does not tell. Hardware threads and spinning are `on` or `off`. */
export type Variant = Readonly<Record<SettingName, string>>;

/** Where a cell's figures stand. */
export type Origin =
  | { readonly kind: 'line'; readonly file: string; readonly line: number }
  | { readonly kind: 'point'; readonly hash: string; readonly measuredAt: string };

/** What every cell has. */
export interface CellPlace {
  readonly variant: Variant;
  readonly threads: number;
  readonly batch: number;
  /** Equal instances that ran at the same time; 1: one, the other cores idle or unknown. */
  readonly instances: number;
  readonly origin: Origin;
}

/** Latency of a batch, in ms, every figure over the same runs. */
export interface CellLatency {
  /** What `ms` is. */
  readonly statistic: 'average' | 'median';
  readonly ms: number;
  /** 95 % interval of `ms`; null: not known. */
  readonly interval: readonly [number, number] | null;
  readonly averageMs: number | null;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** By percentile, such as `95`. */
  readonly percentiles: Readonly<Record<string, number>>;
  /** Of instances that ran together: the slowest one's, in the median; null for one alone. */
  readonly slowestMs: number | null;
  /** How many runs the figures are over; null: not known. */
  readonly runs: number | null;
}

/** A cell with figures. */
export interface MeasuredCell extends CellPlace {
  readonly state: 'measured';
  readonly latency: CellLatency;
  /** Of one instance. `published`: the source has a column of its own; `derived`: batch over `latency.ms`. */
  readonly itemsPerSecond: number;
  readonly throughputFrom: 'published' | 'derived';
  readonly trusted: boolean;
  /** Why not, a sentence each. */
  readonly disturbances: readonly string[];
}

/** A cell that could not be measured. */
export interface FailedCell extends CellPlace {
  readonly state: 'failed';
  readonly failure: string;
  readonly message: string;
}

export type Cell = MeasuredCell | FailedCell;

/** The machine of a dataset, as far as it is known. */
export interface DatasetMachine {
  /** The same for one machine only: CPU and topology of own points, the name that a table tells; empty: not told. */
  readonly key: string;
  /** As pages write it; other machines of one site have other names as far as the source tells them apart. */
  readonly name: string;
  /** Physical cores that could be used; null: not known. */
  readonly cores: number | null;
  readonly threadsPerCore: number | null;
  /** Measured peak in GFLOP/s by threads, fp32; null: not measured. */
  readonly peakGflops: ReadonlyMap<number, number> | null;
  /** What else is known, a name and a value each. */
  readonly facts: readonly (readonly [string, string])[];
}

/** Where a dataset comes from. */
export type Provenance =
  | {
      readonly kind: 'published';
      /** Files as they were given, the latencies first. */
      readonly files: readonly string[];
      readonly columns: readonly string[];
      /** What the reader mended or left out, a sentence each. */
      readonly notices: readonly string[];
    }
  | {
      readonly kind: 'measured';
      /** ISO 8601, UTC, of the first and the last point. */
      readonly from: string;
      readonly until: string;
      /** Software that measured, by name; several where points differ. */
      readonly versions: readonly (readonly [string, string])[];
      /** Settings with how each was seen to hold. */
      readonly proofs: readonly (readonly [string, string])[];
    };

/** Cells of a sweep that its machine could not measure. */
export interface SkippedCells {
  /** In words: `mapping interleave`. */
  readonly setting: string;
  /** A sentence. */
  readonly reason: string;
  readonly cells: number;
}

/** How busy each CPU was over a run. */
export interface Utilisation {
  readonly label: string;
  readonly pinned: boolean;
  readonly cpus: readonly number[];
  /** Moments from the start of the run, in ms, ascending: the end of each interval. */
  readonly timesMs: readonly number[];
  /** By CPU, then interval: 0 … 1. */
  readonly busy: readonly (readonly number[])[];
}

/** The cells of one model at one size on one machine in one experiment. */
export interface Dataset {
  /** Tells it from others in names of files: small letters, digits, dots and dashes. */
  readonly key: string;
  readonly model: string;
  readonly machine: DatasetMachine;
  /** Of a published file; null for own points. */
  readonly experiment: string | null;
  /** Free dimensions other than the batch. */
  readonly dims: Readonly<Record<string, number>>;
  /** Floating-point operations of one item; null: not known. */
  readonly flopsPerItem: number | null;
  readonly cells: readonly Cell[];
  /** What was asked for at this size beside the cells, and could not be measured. */
  readonly skipped: readonly SkippedCells[];
  /** Runs whose load of each CPU was recorded. */
  readonly utilisation: readonly Utilisation[];
  readonly provenance: Provenance;
}

/** One cell of an inference grid. Every latency is over the population that `population` names. */
export interface GridRecord {
  /** What ran it: the heading of its page. */
  readonly system: string;
  readonly model: string;
  readonly sequenceLength: number | null;
  readonly batch: number;
  readonly precision: string;
  readonly itemsPerSecond: number | null;
  /** In ms, by statistic: `average`, `50`, `90`, `95`, `99`, `100` (percentiles). */
  readonly latencyMs: Readonly<Record<string, number>>;
  readonly trusted: boolean;
  readonly origin: Origin;
}

/** All records of one system. */
export interface Grid {
  readonly key: string;
  readonly system: string;
  /** Of an instance, where all figures are of so many; null: of several numbers, or not known. */
  readonly threads: number | null;
  /** Whose runs each figure is over, in a sentence. */
  readonly population: string;
  readonly unit: string;
  readonly records: readonly GridRecord[];
  readonly provenance: Provenance;
}
