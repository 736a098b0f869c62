import type { HugePages, Mapping, MemoryPolicy } from '../../machine/types.ts';
import type { GridCell, PointMode } from '../../profile/index.ts';

/** How a cell's instances are run: everything that a sweep varies beside model, sizes, threads and batch. */
export interface SweepSettings {
  /** `original` is the file as it is. */
  readonly precision: string;
  readonly optimization: 'disabled' | 'basic' | 'extended' | 'all';
  readonly interOpThreads: number;
  readonly mapping: Mapping;
  readonly hardwareThreads: boolean;
  readonly pinned: boolean;
  readonly memory: MemoryPolicy;
  /** `glibc`, `tcmalloc`, `jemalloc`, `mimalloc`, or a name that `thinfer machine` lists. */
  readonly allocator: string;
  readonly hugePages: HugePages | 'system';
  /** `in-runs`: threads spin while a run is under way only. */
  readonly spinning: 'in-runs' | 'on' | 'off';
}

/** Values of every setting; the first of each is the base. */
export type SettingLists = { readonly [Name in keyof SweepSettings]: readonly SweepSettings[Name][] };

/** What is measured of one model. */
export interface SweepEntry {
  readonly model: string;
  /** Sizes of the dimension that is the length; null: the model's default. */
  readonly lengths: readonly number[] | null;
  /** Whether they are the model's own; the sweep's do not hold for models without a length. */
  readonly ownLengths: boolean;
  /** Sizes of free dimensions by name. */
  readonly dims: Readonly<Record<string, readonly number[]>>;
  /** Null: powers of two up to 16. */
  readonly batches: readonly number[] | null;
  /** Null: powers of two up to the cores. */
  readonly threads: readonly number[] | null;
  readonly modes: readonly PointMode[];
  /** Items that 1, 2, 4 … equal instances share, each number a curve; empty: none. */
  readonly totals: readonly number[];
  readonly settings: SettingLists;
}

/** A whole sweep. */
export interface Sweep {
  readonly name: string | null;
  readonly entries: readonly SweepEntry[];
  /** `factorial`: every combination. `one-at-a-time`: each value against the base of the other settings. */
  readonly design: 'factorial' | 'one-at-a-time';
  /** Whether each core's utilisation over a run is recorded, pinned and not. */
  readonly utilisation: boolean;
  /** Whether the machine's peak is measured, for shares of it. */
  readonly peak: boolean;
}

/** Cells that differ only in threads and batch. */
export interface SweepSeries {
  readonly settings: SweepSettings;
  /** Cores that the cells share, for `together`; null: all. */
  readonly cores: number | null;
  readonly cells: readonly GridCell[];
}

/** Cells that can't be measured here, and why. */
export interface Skipped {
  /** `mapping interleave`. */
  readonly setting: string;
  readonly reason: string;
  readonly cells: number;
}
