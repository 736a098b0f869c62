import type { AnyTable } from '../table/index.ts';

/** One row of the database with all that belongs to it, as plain data: what a bundle has a line for. */
export type StoredRecord =
  | MachineRecord
  | PointRecord
  | VisitRecord
  | ResultRecord
  | PlanRecord
  | ContentionRecord
  | TableRecord;

/** Kinds of records, in the order in which they stand: what a record refers to stands before it. */
export const recordKinds = ['machine', 'point', 'visit', 'result', 'plan', 'contention', 'table'] as const;

export interface MachineRecord {
  readonly kind: 'machine';
  readonly hash: string;
  /** ISO 8601, UTC. */
  readonly seenAt: string;
  readonly machine: unknown;
}

/** A point without its visits, which follow it. */
export interface PointRecord {
  readonly kind: 'point';
  readonly hash: string;
  readonly state: 'open' | 'measured' | 'failed' | 'superseded';
  readonly settings: unknown;
  /** Hash of the machine it was measured on. */
  readonly machine: string;
  readonly versions: unknown;
  readonly failure: string | null;
  readonly message: string | null;
  readonly rule: unknown;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
}

/** A visit of the last point before it. */
export interface VisitRecord {
  readonly kind: 'visit';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly warmups: number;
  readonly wallMs: number;
  readonly disturbances: unknown;
  readonly frequencyMhz: number | null;
  readonly memory: unknown;
  readonly readBack: unknown;
  readonly replicas: readonly ReplicaRecord[];
}

/** The runs of one replica in whole nanoseconds: from the visit's start to each run's begin, and how long each took. */
export interface ReplicaRecord {
  readonly beginNs: readonly number[];
  readonly durationNs: readonly number[];
}

/** A finished trial, tune or study, as it was printed. */
export interface ResultRecord {
  readonly kind: 'result';
  /** From 1; a plan in force names its trial by it. */
  readonly number: number;
  readonly of: string;
  readonly subject: string;
  readonly machine: string;
  readonly madeAt: string;
  readonly json: unknown;
  readonly samples: readonly {
    readonly configuration: string;
    readonly round: number;
    readonly durationNs: readonly number[];
  }[];
}

/** The plan in force for a subject. */
export interface PlanRecord {
  readonly kind: 'plan';
  readonly subject: string;
  /** `number` of its trial. */
  readonly result: number;
  readonly json: unknown;
}

export interface ContentionRecord {
  readonly kind: 'contention';
  readonly machine: string;
  readonly series: string;
  readonly changedAt: string;
  readonly json: unknown;
}

/** An imported table, as it was read. */
export interface TableRecord {
  readonly kind: 'table';
  readonly name: string;
  readonly hash: string;
  /** Name of the file it came from, without its folder. */
  readonly file: string;
  readonly importedAt: string;
  readonly table: AnyTable;
}
