import type { Disturbance, HugePages, Mapping, MemoryPolicy } from '../machine/types.ts';

/** `alone`: the other cores idle. `together`: the other cores run replicas of the same instance. */
export type PointMode = 'alone' | 'together';

/** All that defines a point; its hash is its address. */
export interface PointSettings {
  /** Number of the measuring method; raised when points of old and new code must not be mixed. */
  readonly method: number;
  readonly model: { readonly name: string; readonly contentHash: string };
  readonly engine: { readonly name: string; readonly version: string };
  readonly precision: string;
  /** Graph optimization: disabled, basic, extended, all. */
  readonly optimization: string;
  /** Whether intra-op threads may spin after a run has ended. */
  readonly spinAfterRun: boolean;
  /** False: nor may they during a run. Missing: they may. */
  readonly spinDuringRun?: false;
  /** Threads that run operators side by side. Missing: one operator runs at a time. */
  readonly interOpThreads?: number;
  /** By its name, as `thinfer machine` lists it. Missing: the C library's. */
  readonly allocator?: string;
  /** Missing: as the system's mode is. */
  readonly hugePages?: HugePages;
  /** False: its threads run wherever the kernel puts them. Missing: they are pinned. */
  readonly pinned?: false;
  readonly threads: number;
  readonly batch: number;
  /** The other free dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  readonly mode: PointMode;
  /** T, for `together`; equal to `threads` for `alone`. */
  readonly cores: number;
  readonly mapping: Mapping;
  readonly hardwareThreads: boolean;
  readonly memoryPolicy: MemoryPolicy;
  readonly cpuModel: string;
  /** Hash of the topology that matters: cores, nodes, siblings. */
  readonly topology: string;
}

/** A summary of latencies; every figure from the same population. */
export interface LatencyStats {
  /** Samples, over all counted replicas. */
  readonly count: number;
  readonly medianMs: number;
  /** 95 % confidence interval of the median. */
  readonly interval: readonly [number, number];
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p90Ms: number;
  /** Missing in results that an older version stored. */
  readonly p95Ms?: number;
  readonly p99Ms: number;
  /** Median, over simultaneous runs, of the slowest replica's latency. */
  readonly slowestMs: number;
}

/** Whether a point may be trusted. */
export interface Verdict {
  readonly trusted: boolean;
  readonly disturbances: readonly Disturbance[];
  /** Visits left out because something named disturbed them, and all visits. */
  readonly visitsLeftOut: number;
  readonly visits: number;
}

/** What was asked of an instance, read back from `/proc`. */
export interface ReadBack {
  /** CPUs that the threads which computed were allowed on, as a list such as `0-3`; one for all replicas. */
  readonly cpus: readonly string[];
  /** Threads that gained CPU time during the runs. */
  readonly computingThreads: readonly number[];
  readonly memoryPolicy: readonly string[];
  /** What was asked but did not show, one sentence each. */
  readonly differences: readonly string[];
  /** Settings beyond CPUs and threads; missing where nobody asked for proof. */
  readonly proofs?: readonly SettingProof[];
}

/** A setting, and how it was seen to hold. */
export interface SettingProof {
  /** E.g. `allocator`. */
  readonly setting: string;
  readonly asked: string;
  readonly seen: string;
  /** `read`: from the kernel or the engine. `effect`: what it does was seen. `request`: it was only asked for. */
  readonly by: 'read' | 'effect' | 'request';
}

export interface PointMemory {
  /** Resident and proportional set of one instance (the largest replica), in bytes. */
  readonly rssBytes: number;
  readonly pssBytes: number | null;
  /** Largest batch the instance had run by then; beyond the point's own batch, the figures are upper bounds. */
  readonly largestBatch: number;
}

/** A measured place in a table. */
export type Point =
  | {
      readonly state: 'measured';
      readonly hash: string;
      readonly settings: PointSettings;
      readonly replicas: number;
      readonly stats: LatencyStats;
      readonly verdict: Verdict;
      readonly memory: PointMemory;
      readonly readBack: ReadBack;
      /** ISO 8601, UTC. */
      readonly measuredAt: string;
    }
  | {
      readonly state: 'failed';
      readonly hash: string;
      readonly settings: PointSettings;
      readonly failure: 'out-of-memory' | 'engine-failed' | 'instance-failed' | 'not-in-effect';
      readonly message: string;
      readonly measuredAt: string;
    };

/** The runs of one replica in one visit. */
export interface ReplicaRuns {
  /** Nanoseconds from the visit's start to each run's begin. */
  readonly beginNs: BigUint64Array;
  readonly durationNs: BigUint64Array;
}

/** A stretch of runs of one cell without a break; the unit that is stored, and that a disturbance can spoil. */
export interface Visit {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Runs before the counted ones. */
  readonly warmups: number;
  /** Wall time of the whole visit, warm-up included. */
  readonly wallMs: number;
  /** Per counted replica; equal numbers of runs. */
  readonly replicas: readonly ReplicaRuns[];
  readonly disturbances: readonly Disturbance[];
  /** Mean clock of the cores right after the runs; null where the machine does not tell. */
  readonly frequencyMhz: number | null;
  readonly memory: PointMemory;
  readonly readBack: ReadBack;
}

/** When a cell has been sampled enough. */
export interface SamplingRule {
  /** Exact numbers of warm-up and counted runs instead of the adaptive rule; null: adaptive. */
  readonly fixed: { readonly warmups: number; readonly iterations: number } | null;
  /** Wanted half width of the median's 95 % interval over the median. */
  readonly halfWidth: number;
  /** At least so many undisturbed visits, and so many runs of each replica in them. */
  readonly minVisits: number;
  readonly minRuns: number;
  /** Counted runs of one visit take about so long, and are at least `minRunsPerVisit`. */
  readonly visitMs: number;
  readonly minRunsPerVisit: number;
  /** A cell is not measured longer than this; twice as long where disturbed visits had to be repeated. */
  readonly ceilingMs: number;
}

/** What is stored of a point so far. */
export interface StoredPoint {
  readonly state: 'open' | 'measured' | 'failed';
  readonly visits: readonly Visit[];
  /** The rule of its last visit; null where there was none. */
  readonly rule: SamplingRule | null;
  /** ISO 8601, UTC; of the last change. */
  readonly measuredAt: string;
  readonly failure: { readonly kind: PointFailure; readonly message: string } | null;
}

export type PointFailure = Extract<Point, { state: 'failed' }>['failure'];

/** Where points go as they are measured. Every call is durable when it returns. */
export interface PointSink {
  /** What is known of a point; null when nothing is. */
  load(hash: string): StoredPoint | null;
  /** Adds a visit; the first one opens the point. */
  addVisit(hash: string, settings: PointSettings, visit: Visit, rule: SamplingRule): void;
  /** What is stored is enough by this rule, which its statistics are made by from now on. */
  finish(hash: string, rule: SamplingRule): void;
  fail(hash: string, settings: PointSettings, failure: PointFailure, message: string): void;
}
