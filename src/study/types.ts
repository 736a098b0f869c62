import type { Estimate, Ratio } from './quotient.ts';

/** Sizes of a model's free dimensions other than the batch, by name: `{ sequence: 128 }`. */
export type Sizes = Readonly<Record<string, number>>;

/** One instance, pinned to so many cores, with the others idle. */
export interface CorePoint {
  /** Physical cores. */
  readonly cores: number;
  /** Equal to the cores, or with hardware threads to all that those cores have. */
  readonly threads: number;
  /** Median latency of a batch, in ms. */
  readonly latencyMs: Estimate;
  /** Batch over latency. */
  readonly itemsPerSecond: Estimate;
  /** Latency on the fewest cores of the curve over this one's. */
  readonly speedUp: Ratio;
  readonly trusted: boolean;
  /** Address of the point in the database. */
  readonly hash: string;
}

/** Latency over cores at one size and batch. */
export interface CoreCurve {
  readonly dims: Sizes;
  readonly batch: number;
  /** Whether the instance has a thread on every hardware thread of its cores. */
  readonly hardwareThreads: boolean;
  /** By ascending cores; at least one. */
  readonly points: readonly CorePoint[];
  /** The cores from which on no further step gains as much as `leastGain` for each doubling. */
  readonly stopsAt: number;
  /** The cores of the least latency. */
  readonly fastest: number;
}

/** What hardware threads change on the same cores. */
export interface SiblingGain {
  readonly dims: Sizes;
  readonly batch: number;
  readonly cores: number;
  /** Latency on the cores alone over that with their hardware threads: above 1 where those make it faster. */
  readonly gain: Ratio;
  readonly trusted: boolean;
}

/** Latency over core count. */
export interface CoresStudy {
  readonly study: 'cores';
  /** By size, then batch, physical cores only first. */
  readonly curves: readonly CoreCurve[];
  /** Empty where hardware threads were not asked for, or there are none. */
  readonly siblings: readonly SiblingGain[];
  /** `none`: asked for, and no core here has a second one that may be used. */
  readonly hardwareThreads: 'not asked' | 'measured' | 'none';
  readonly failures: readonly StudyFailure[];
}

/** Equal instances that share all cores and run at once. */
export interface InstancesPoint {
  readonly instances: number;
  /** Of each instance. */
  readonly threads: number;
  /** Of each instance. */
  readonly batch: number;
  /** Of all instances together. */
  readonly items: number;
  /** Cores that equal instances leave over. */
  readonly idleCores: number;
  /** The slowest instance's, in ms. */
  readonly latencyMs: Estimate;
  /** The sum of all instances'. */
  readonly itemsPerSecond: Estimate;
  /**
   * Over the fewest instances of the curve: latency of those over this one's with a constant total; this one's rate over
   * theirs with a constant batch per instance.
   */
  readonly speedUp: Ratio;
  readonly trusted: boolean;
  readonly hash: string;
}

/** Numbers of instances at one size and batch. */
export interface InstancesCurve {
  readonly dims: Sizes;
  /** Items of all instances together, or of each with `per: 'instance'`. */
  readonly batch: number;
  /** By ascending instances; at least one. */
  readonly points: readonly InstancesPoint[];
  /**
   * The number of instances with the least latency, or with the highest rate where each has its own batch; of those
   * whose intervals overlap that one's, the fewest.
   */
  readonly best: number;
  /** The others of those, ascending: as good, as far as this measurement can tell. */
  readonly asGood: readonly number[];
}

/** Numbers of instances that share all cores. */
export interface InstancesStudy {
  readonly study: 'instances';
  /** Whether a curve's batch is that of all instances together or of each. */
  readonly per: 'set' | 'instance';
  readonly curves: readonly InstancesCurve[];
  readonly failures: readonly StudyFailure[];
}

/** A place of a study that has no figure, and why. */
export interface StudyFailure {
  /** `sequence 128, batch 8, 4 cores`. */
  readonly place: string;
  readonly message: string;
  /** Whether it can't be measured at all here, rather than was not. */
  readonly impossible: boolean;
}
