import { createHash } from 'node:crypto';
import type { SQLInputValue } from 'node:sqlite';
import type { Machine } from '../machine/index.ts';
import type { PointFailure, PointSettings, PointSink, SamplingRule, Visit } from '../profile/index.ts';
import type { PlanInForce, TrialSamples } from '../trial/index.ts';
import { openDatabase, withStoreErrors } from './open-database.ts';
import { encodeRuns } from './samples-blob.ts';
import { databaseFileOf, type StoredContention, StoreReader } from './store-reader.ts';

/** Versions of the software that measured, by name. */
export type Versions = Readonly<Record<string, string>>;

/** The database of one project folder, for commands that measure. Every call is one transaction and durable when it returns. */
export class Store extends StoreReader implements PointSink {
  private readonly machineHash: string;
  private readonly versions: string;

  private constructor(file: string, machine: Machine, versions: Versions) {
    super(file, openDatabase(file));
    this.versions = JSON.stringify(versions);
    const json = JSON.stringify(stableMachine(machine));
    this.machineHash = createHash('sha256').update(json).digest('hex').slice(0, 32);
    this.write('INSERT OR IGNORE INTO machine VALUES (?, ?, ?)', this.machineHash, json, now());
  }

  /** Opens the folder's database, making both when missing. What is added is measured on `machine` with `versions`. */
  static open(projectDir: string, machine: Machine, versions: Versions): Store {
    return new Store(databaseFileOf(projectDir), machine, versions);
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

  /** Puts a trial's winner in force for its subject, in the place of the one before. @param result Number of the trial. */
  putInForce(subject: string, result: number, plan: Omit<PlanInForce, 'measuredAt'>): void {
    this.write(
      'INSERT OR REPLACE INTO plan_in_force VALUES (?, ?, ?)',
      subject,
      result,
      JSON.stringify(plan),
    );
  }

  /** Keeps what a series tells of contention, in the place of what it told before. */
  putContention(machine: string, { series, ...known }: StoredContention): void {
    this.write(
      'INSERT OR REPLACE INTO contention VALUES (?, ?, ?, ?)',
      machine,
      series,
      now(),
      JSON.stringify(known),
    );
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
