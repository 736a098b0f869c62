import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Machine } from '../machine/index.ts';
import type { ContentionPair } from '../plan/index.ts';
import type { PointFailure, PointSettings, SamplingRule, StoredPoint, Visit } from '../profile/index.ts';
import type { PlanInForce } from '../trial/index.ts';
import { openToRead, withStoreErrors } from './open-database.ts';
import { decodeRuns } from './samples-blob.ts';
import { visitOf } from './visit-row.ts';

/** A finished trial or tune, as it was printed. */
export interface StoredResult {
  readonly id: number;
  readonly madeAt: string;
  readonly json: unknown;
}

/** A point without its visits. */
export interface StoredPlace {
  readonly hash: string;
  readonly settings: PointSettings;
  /** The rule of its last visit; null where there was none. */
  readonly rule: SamplingRule | null;
}

/** A point without its visits, and what measured it. */
export interface MeasuredPlace extends StoredPlace {
  /** Hash of the machine. */
  readonly machine: string;
  /** Versions of the software, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A machine as it was stored; by an older or newer thinfer some of it may be missing. */
export type StoredMachine = Partial<Omit<Machine, 'disturbances' | 'memoryAvailableBytes'>>;

/** A current point with all that is stored of it, the machine it was measured on, and the software that measured it. */
export interface StoredMeasurement {
  readonly hash: string;
  readonly settings: PointSettings;
  readonly stored: StoredPoint;
  /** As it was first seen, without what changes from one moment to the next. */
  readonly machine: Partial<Machine>;
  readonly versions: Readonly<Record<string, string>>;
}

/** What one series (a model at given settings) tells of contention on the machine it was measured on. */
export interface StoredContention {
  readonly series: string;
  /** Memory traffic of one forward pass, by the graph: at batch 1, and for each further item. */
  readonly trafficBytes: { readonly first: number; readonly further: number };
  /** Cores of the machine, or hardware threads where each had a thread. */
  readonly machineCores: number;
  readonly pairs: readonly Omit<ContentionPair, 'group'>[];
}

/** What a project folder's database holds; for commands that measure nothing. */
export class StoreReader {
  readonly file: string;
  protected readonly database: DatabaseSync;

  protected constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.database = database;
  }

  /**
   * Opens the folder's database without a right to write, also on a disk that can't be written. Throws `storage` where
   * there is none, or it can't be read.
   */
  static openToRead(projectDir: string): StoreReader {
    const file = databaseFileOf(projectDir);
    return new StoreReader(file, openToRead(file));
  }

  load(hash: string): StoredPoint | null {
    return withStoreErrors(this.file, () => {
      const row = this.database
        .prepare("SELECT * FROM point WHERE hash = ? AND state <> 'superseded'")
        .get(hash);
      return row === undefined ? null : storedPointOf(row, this.visitReader()(Number(row['id'])));
    });
  }

  /** Hash, settings and last rule of every current point of a model, in the order they were begun. */
  points(contentHash: string): StoredPlace[] {
    return withStoreErrors(this.file, () =>
      this.database
        .prepare(
          `SELECT hash, settings, rule FROM point
           WHERE state <> 'superseded' AND settings ->> '$.model.contentHash' = ? ORDER BY id`,
        )
        .all(contentHash)
        .map((row) => ({
          hash: String(row['hash']),
          settings: JSON.parse(String(row['settings'])),
          rule: row['rule'] === null ? null : JSON.parse(String(row['rule'])),
        })),
    );
  }

  /** Names of all models that have points, in the order they were begun. */
  models(): string[] {
    return withStoreErrors(this.file, () =>
      this.database
        .prepare(
          `SELECT settings ->> '$.model.name' AS name FROM point WHERE state <> 'superseded' GROUP BY name ORDER BY min(id)`,
        )
        .all()
        .map((row) => String(row['name'])),
    );
  }

  /**
   * Every current point that has a visit or has failed, one after the other, so that no more than one's samples are in memory.
   *
   * @param models Only those of these names; null: all.
   */
  *measurements(models: ReadonlySet<string> | null): Generator<StoredMeasurement> {
    const all = this.readMeasurements(models);
    for (;;) {
      const next = withStoreErrors(this.file, () => all.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  private *readMeasurements(models: ReadonlySet<string> | null): Generator<StoredMeasurement, void> {
    const machines = new Map<string, Partial<Machine>>(
      this.database
        .prepare('SELECT hash, json FROM machine')
        .all()
        .map((row) => [String(row['hash']), JSON.parse(String(row['json']))]),
    );
    const visitsOf = this.visitReader();
    const rows = this.database.prepare(
      `SELECT * FROM point WHERE state <> 'superseded'
       AND (? IS NULL OR settings ->> '$.model.name' IN (SELECT value FROM json_each(?))) ORDER BY id`,
    );
    const wanted = models === null ? null : JSON.stringify([...models]);
    const parse = rememberingParser();
    for (const row of rows.iterate(wanted, wanted)) {
      const stored = storedPointOf(row, visitsOf(Number(row['id'])));
      if (stored.failure === null && stored.visits.length === 0) continue;
      yield {
        hash: String(row['hash']),
        settings: JSON.parse(String(row['settings'])),
        stored,
        machine: machines.get(String(row['machine'])) ?? {},
        versions: parse(row['versions']),
      };
    }
  }

  /** Addresses of all points that are measured to their end. */
  measuredHashes(): ReadonlySet<string> {
    return withStoreErrors(this.file, () => {
      const rows = this.database.prepare("SELECT hash FROM point WHERE state = 'measured'").all();
      return new Set(rows.map((row) => String(row['hash'])));
    });
  }

  /** Addresses of current points that were measured though a setting was not seen to hold. */
  doubtfulHashes(): ReadonlySet<string> {
    return withStoreErrors(this.file, () => {
      const rows = this.database
        .prepare(
          `SELECT DISTINCT hash FROM point JOIN visit ON visit.point = point.id
           WHERE state <> 'superseded' AND json_array_length(read_back, '$.differences') > 0`,
        )
        .all();
      return new Set(rows.map((row) => String(row['hash'])));
    });
  }

  /** Every current point of every model, in the order they were begun, with what measured it. */
  everyPoint(): MeasuredPlace[] {
    return withStoreErrors(this.file, () =>
      this.database
        .prepare(
          "SELECT hash, settings, rule, machine, versions FROM point WHERE state <> 'superseded' ORDER BY id",
        )
        .all()
        .map((row) => ({
          hash: String(row['hash']),
          settings: JSON.parse(String(row['settings'])),
          rule: row['rule'] === null ? null : JSON.parse(String(row['rule'])),
          machine: String(row['machine']),
          versions: JSON.parse(String(row['versions'])),
        })),
    );
  }

  /** Machines that measured here, by hash, without what changes from one moment to the next. */
  machines(): Map<string, StoredMachine> {
    return withStoreErrors(this.file, () => {
      const rows = this.database.prepare('SELECT hash, json FROM machine ORDER BY hash').all();
      return new Map(rows.map((row) => [String(row['hash']), JSON.parse(String(row['json']))]));
    });
  }

  /** The result of a kind for a subject that was made last, wherever it was made, or null. */
  latestResult(kind: string, subject: string): StoredResult | null {
    return withStoreErrors(this.file, () => {
      const row = this.database
        .prepare('SELECT * FROM result WHERE subject = ? AND kind = ? ORDER BY made_at DESC, id DESC LIMIT 1')
        .get(subject, kind);
      return row === undefined ? null : resultOf(row);
    });
  }

  /** Every result of a kind for a subject, the one that was made last first. */
  results(kind: string, subject: string): StoredResult[] {
    return withStoreErrors(this.file, () =>
      this.database
        .prepare('SELECT * FROM result WHERE subject = ? AND kind = ? ORDER BY made_at DESC, id DESC')
        .all(subject, kind)
        .map(resultOf),
    );
  }

  /** The measured winner that is in force for a subject, or null. */
  planInForce(subject: string): PlanInForce | null {
    return withStoreErrors(this.file, () => {
      const row = this.database
        .prepare(
          `SELECT plan_in_force.json, made_at FROM plan_in_force JOIN result ON result.id = result
           WHERE plan_in_force.subject = ?`,
        )
        .get(subject);
      if (row === undefined) return null;
      return { ...JSON.parse(String(row['json'])), measuredAt: String(row['made_at']) };
    });
  }

  /** What is known of contention on a machine, a series each. @param machine CPU model and topology. */
  contention(machine: string): StoredContention[] {
    return withStoreErrors(this.file, () =>
      this.database
        .prepare('SELECT series, json FROM contention WHERE machine = ? ORDER BY series')
        .all(machine)
        .map((row) => ({ ...JSON.parse(String(row['json'])), series: String(row['series']) })),
    );
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads the visits of one point after another; its statements are prepared once. */
  private visitReader(): (point: number) => Visit[] {
    const visits = this.database.prepare('SELECT * FROM visit WHERE point = ? ORDER BY id');
    const samples = this.database.prepare(
      `SELECT visit, samples FROM visit JOIN replica ON replica.visit = visit.id
       WHERE visit.point = ? ORDER BY visit.id, replica`,
    );
    const parse = rememberingParser();
    return (point) => {
      const replicas = Map.groupBy(samples.all(point), (row) => row['visit']);
      return visits.all(point).map((row) => ({
        ...visitOf(row, parse),
        replicas: (replicas.get(row['id']!) ?? []).map((one) => decodeRuns(one['samples'] as Uint8Array)),
      }));
    };
  }
}

/** Most visits say the same of many things; so many texts are kept, with what they say. */
const mostRemembered = 256;

/** `JSON.parse` that gives the same value for the same text; nobody changes what was read. */
function rememberingParser(): <T>(text: unknown) => T {
  const known = new Map<string, unknown>();
  return <T>(text: unknown): T => {
    const key = String(text);
    const found = known.get(key) ?? JSON.parse(key);
    if (known.size < mostRemembered) known.set(key, found);
    return found as T;
  };
}

function resultOf(row: Readonly<Record<string, unknown>>): StoredResult {
  return { id: Number(row['id']), madeAt: String(row['made_at']), json: JSON.parse(String(row['json'])) };
}

function storedPointOf(row: Readonly<Record<string, unknown>>, visits: readonly Visit[]): StoredPoint {
  return {
    state: row['state'] as StoredPoint['state'],
    visits,
    rule: row['rule'] === null ? null : JSON.parse(String(row['rule'])),
    measuredAt: String(row['changed_at']),
    failure:
      row['failure'] === null
        ? null
        : { kind: row['failure'] as PointFailure, message: String(row['message']) },
  };
}

/** The database of a project folder. */
export function databaseFileOf(projectDir: string): string {
  return join(projectDir, 'thinfer.db');
}
