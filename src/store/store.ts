import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Machine } from '../machine/index.ts';
import type {
  PointFailure,
  PointSettings,
  PointSink,
  SamplingRule,
  StoredPoint,
  Visit,
} from '../profile/index.ts';
import type { TrialSamples } from '../trial/index.ts';
import { openDatabase, withStoreErrors } from './open-database.ts';
import { decodeRuns, encodeRuns } from './samples-blob.ts';

/** Versions of the software that measured, by name. */
export type Versions = Readonly<Record<string, string>>;

/** A finished trial or tune, as it was printed. */
export interface StoredResult {
  readonly id: number;
  readonly madeAt: string;
  readonly json: unknown;
}

/** The database of one project folder. Every call is one transaction and durable when it returns. */
export class Store implements PointSink {
  readonly file: string;
  private readonly database: DatabaseSync;
  private readonly machineHash: string;
  private readonly versions: string;

  private constructor(file: string, machine: Machine, versions: Versions) {
    this.file = file;
    this.database = openDatabase(file);
    this.versions = JSON.stringify(versions);
    const json = JSON.stringify(stableMachine(machine));
    this.machineHash = createHash('sha256').update(json).digest('hex').slice(0, 32);
    this.write('INSERT OR IGNORE INTO machine VALUES (?, ?, ?)', this.machineHash, json, now());
  }

  /** Opens the folder's database, making both when missing. What is added is measured on `machine` with `versions`. */
  static open(projectDir: string, machine: Machine, versions: Versions): Store {
    return new Store(join(projectDir, 'thinfer.db'), machine, versions);
  }

  load(hash: string): StoredPoint | null {
    return withStoreErrors(this.file, () => {
      const row = this.database
        .prepare("SELECT * FROM point WHERE hash = ? AND state <> 'superseded'")
        .get(hash);
      if (row === undefined) return null;
      return {
        state: row['state'] as StoredPoint['state'],
        visits: this.visitsOf(Number(row['id'])),
        rule: row['rule'] === null ? null : JSON.parse(String(row['rule'])),
        measuredAt: String(row['changed_at']),
        failure:
          row['failure'] === null
            ? null
            : { kind: row['failure'] as PointFailure, message: String(row['message']) },
      };
    });
  }

  /** A point that was finished, or had failed, is open again with a further visit. */
  addVisit(hash: string, settings: PointSettings, visit: Visit, rule: SamplingRule): void {
    this.transaction(() => {
      const point = this.openPoint(hash, settings);
      const { lastInsertRowid } = this.database
        .prepare(
          `INSERT INTO visit (point, started_at, warmups, wall_ms, disturbances, frequency_mhz, memory, read_back)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          point,
          visit.startedAt,
          visit.warmups,
          visit.wallMs,
          JSON.stringify(visit.disturbances),
          visit.frequencyMhz,
          JSON.stringify(visit.memory),
          JSON.stringify(visit.readBack),
        );
      const insert = this.database.prepare('INSERT INTO replica VALUES (?, ?, ?)');
      visit.replicas.forEach((runs, replica) => {
        insert.run(lastInsertRowid, replica, encodeRuns(runs));
      });
      this.database
        .prepare(
          "UPDATE point SET state = 'open', failure = NULL, message = NULL, changed_at = ?, rule = ? WHERE id = ?",
        )
        .run(now(), JSON.stringify(rule), point);
    });
  }

  finish(hash: string, rule: SamplingRule): void {
    this.write(
      "UPDATE point SET state = 'measured', rule = ?, changed_at = iif(state = 'measured', changed_at, ?) WHERE hash = ? AND state IN ('open', 'measured')",
      JSON.stringify(rule),
      now(),
      hash,
    );
  }

  fail(hash: string, settings: PointSettings, failure: PointFailure, message: string): void {
    this.transaction(() => {
      const point = this.openPoint(hash, settings);
      this.database
        .prepare("UPDATE point SET state = 'failed', failure = ?, message = ?, changed_at = ? WHERE id = ?")
        .run(failure, message, now(), point);
    });
  }

  /** Sets points aside, so that they are measured anew; their samples stay in the database. */
  supersede(hashes: readonly string[]): void {
    this.transaction(() => {
      const update = this.database.prepare(
        "UPDATE point SET state = 'superseded' WHERE hash = ? AND state <> 'superseded'",
      );
      for (const hash of hashes) update.run(hash);
    });
  }

  /** Settings and hashes of every current point of a model, in the order they were begun. */
  points(contentHash: string): { readonly hash: string; readonly settings: PointSettings }[] {
    return withStoreErrors(this.file, () =>
      this.database
        .prepare(
          `SELECT hash, settings FROM point
           WHERE state <> 'superseded' AND settings ->> '$.model.contentHash' = ? ORDER BY id`,
        )
        .all(contentHash)
        .map((row) => ({ hash: String(row['hash']), settings: JSON.parse(String(row['settings'])) })),
    );
  }

  /**
   * Keeps a result with its raw samples; gives its number.
   *
   * @param subject All that a later command must agree in to be shown this result.
   */
  addResult(kind: string, subject: string, json: unknown, samples: readonly TrialSamples[] = []): number {
    return this.transaction(() => {
      const { lastInsertRowid } = this.database
        .prepare('INSERT INTO result (kind, subject, machine, made_at, json) VALUES (?, ?, ?, ?, ?)')
        .run(kind, subject, this.machineHash, now(), JSON.stringify(json));
      const insert = this.database.prepare('INSERT INTO trial_sample VALUES (?, ?, ?, ?)');
      for (const { configuration, round, durationsNs } of samples)
        insert.run(lastInsertRowid, configuration, round, new Uint8Array(durationsNs.buffer));
      return Number(lastInsertRowid);
    });
  }

  /** The newest result of a kind for a subject, or null. */
  latestResult(kind: string, subject: string): StoredResult | null {
    return withStoreErrors(this.file, () => {
      const row = this.database
        .prepare('SELECT * FROM result WHERE subject = ? AND kind = ? ORDER BY id DESC LIMIT 1')
        .get(subject, kind);
      if (row === undefined) return null;
      return { id: Number(row['id']), madeAt: String(row['made_at']), json: JSON.parse(String(row['json'])) };
    });
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private openPoint(hash: string, settings: PointSettings): number {
    const row = this.database
      .prepare("SELECT id FROM point WHERE hash = ? AND state <> 'superseded'")
      .get(hash);
    if (row !== undefined) return Number(row['id']);
    const { lastInsertRowid } = this.database
      .prepare(
        `INSERT INTO point (hash, settings, machine, versions, state, changed_at) VALUES (?, ?, ?, ?, 'open', ?)`,
      )
      .run(hash, JSON.stringify(settings), this.machineHash, this.versions, now());
    return Number(lastInsertRowid);
  }

  private visitsOf(point: number): Visit[] {
    const replicas = this.database.prepare('SELECT samples FROM replica WHERE visit = ? ORDER BY replica');
    return this.database
      .prepare('SELECT * FROM visit WHERE point = ? ORDER BY id')
      .all(point)
      .map((row) => ({
        startedAt: String(row['started_at']),
        warmups: Number(row['warmups']),
        wallMs: Number(row['wall_ms']),
        disturbances: JSON.parse(String(row['disturbances'])),
        frequencyMhz: row['frequency_mhz'] === null ? null : Number(row['frequency_mhz']),
        memory: JSON.parse(String(row['memory'])),
        readBack: JSON.parse(String(row['read_back'])),
        replicas: replicas.all(Number(row['id'])).map(({ samples }) => decodeRuns(samples as Uint8Array)),
      }));
  }

  private write(sql: string, ...values: SQLInputValue[]): void {
    withStoreErrors(this.file, () => this.database.prepare(sql).run(...values));
  }

  private transaction<T>(action: () => T): T {
    return withStoreErrors(this.file, () => {
      this.database.exec('BEGIN IMMEDIATE');
      try {
        const value = action();
        this.database.exec('COMMIT');
        return value;
      } catch (error) {
        if (this.database.isTransaction) this.database.exec('ROLLBACK');
        throw error;
      }
    });
  }
}

/** What does not change from one moment to the next. */
function stableMachine({ disturbances, memoryAvailableBytes, clockMhz, ...stable }: Machine): object {
  return { ...stable, clockMhz: { lowest: clockMhz.lowest, highest: clockMhz.highest } };
}

const now = (): string => new Date().toISOString();
