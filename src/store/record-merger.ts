import type { DatabaseSync } from 'node:sqlite';
import { ThinferError } from '../errors.ts';
import { type Merging, mergePoint, packVisit, pointRows } from './merge-points.ts';
import { openDatabase, withStoreErrors } from './open-database.ts';
import type {
  ContentionRecord,
  PlanRecord,
  PointRecord,
  ResultRecord,
  StoredRecord,
  TableRecord,
} from './records.ts';
import { databaseFileOf } from './store-reader.ts';

/** What a merge did with records of one kind. */
export type MergeCounts = Record<Merging, number>;

/** What a merge did. */
export interface MergeSummary {
  readonly points: MergeCounts;
  readonly results: MergeCounts;
  readonly plans: MergeCounts;
  readonly contention: MergeCounts;
  readonly tables: MergeCounts;
  /** Points that were current before and that newer ones of the same cell took the place of, or the other way round; kept, set aside. */
  readonly setAside: number;
}

const none = (): MergeCounts => ({ added: 0, extended: 0, unchanged: 0 });

/**
 * Takes records into a project folder's database in one transaction: nothing is there until `commit`, and what was there
 * stays. No sample is ever lost or overwritten.
 */
export class RecordMerger {
  readonly file: string;
  private readonly database: DatabaseSync;
  private readonly counts = {
    points: none(),
    results: none(),
    plans: none(),
    contention: none(),
    tables: none(),
  };
  private readonly taken: string[] = [];
  /** Number of a result in the records → its number here. */
  private readonly results = new Map<number, number>();
  private open: { readonly point: PointRecord; readonly visits: ReturnType<typeof packVisit>[] } | null =
    null;
  private readonly known: Map<string, readonly number[]>;
  private readonly asideBefore: number;
  private asideAdded = 0;

  private constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.database = database;
    database.exec('BEGIN IMMEDIATE');
    this.known = pointRows(database);
    this.asideBefore = this.countAside();
  }

  /** Opens the folder's database, making both when missing. */
  static open(projectDir: string): RecordMerger {
    const file = databaseFileOf(projectDir);
    return withStoreErrors(file, () => new RecordMerger(file, openDatabase(file)));
  }

  /** Takes the next record; they come in the order of `recordKinds`, visits behind their point. */
  add(record: StoredRecord): void {
    withStoreErrors(this.file, () => {
      if (record.kind === 'visit') this.open?.visits.push(packVisit(record));
      else {
        this.finishPoint();
        this.take(record);
      }
    });
  }

  /** Makes it last. Throws `usage`, and changes nothing, where another table has the name of one. */
  commit(): MergeSummary {
    return withStoreErrors(this.file, () => {
      this.finishPoint();
      if (this.taken.length > 0)
        throw new ThinferError(
          'usage',
          this.taken.map((name) => `${name}: another table is stored under this name`).join('\n'),
          {
            remedy:
              'remove that one first: thinfer import --remove NAME, or import into another project folder: --project DIR',
          },
        );
      const setAside = this.countAside() - this.asideBefore - this.asideAdded;
      this.database.exec('COMMIT');
      return { ...this.counts, setAside };
    });
  }

  /** Gives the database back; without a `commit` it is as it was. */
  [Symbol.dispose](): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
    this.database.close();
  }

  private take(record: Exclude<StoredRecord, { kind: 'visit' }>): void {
    switch (record.kind) {
      case 'machine':
        this.database
          .prepare('INSERT OR IGNORE INTO machine VALUES (?, ?, ?)')
          .run(record.hash, JSON.stringify(record.machine), record.seenAt);
        return;
      case 'point':
        this.open = { point: record, visits: [] };
        return;
      case 'result':
        this.counts.results[this.mergeResult(record)]++;
        return;
      case 'plan':
        this.counts.plans[this.mergePlan(record)]++;
        return;
      case 'contention':
        this.counts.contention[this.mergeContention(record)]++;
        return;
      case 'table':
        this.mergeTable(record);
    }
  }

  private finishPoint(): void {
    if (this.open === null) return;
    const { point, visits } = this.open;
    this.open = null;
    const merging = mergePoint(this.database, { point, visits, known: this.known });
    this.counts.points[merging]++;
    if (merging === 'added' && point.state === 'superseded') this.asideAdded++;
  }

  private mergeResult({ number, of, subject, machine, madeAt, json, samples }: ResultRecord): Merging {
    const text = JSON.stringify(json);
    const found = this.database
      .prepare(
        'SELECT id FROM result WHERE subject = ? AND kind = ? AND machine = ? AND made_at = ? AND json = ?',
      )
      .get(subject, of, machine, madeAt, text);
    if (found !== undefined) {
      this.results.set(number, Number(found['id']));
      return 'unchanged';
    }
    const { lastInsertRowid } = this.database
      .prepare('INSERT INTO result (kind, subject, machine, made_at, json) VALUES (?, ?, ?, ?, ?)')
      .run(of, subject, machine, madeAt, text);
    this.results.set(number, Number(lastInsertRowid));
    const insert = this.database.prepare('INSERT INTO trial_sample VALUES (?, ?, ?, ?)');
    for (const { configuration, round, durationNs } of samples) {
      const blob = new Uint8Array(BigInt64Array.from(durationNs, BigInt).buffer);
      insert.run(lastInsertRowid, configuration, round, blob);
    }
    return 'added';
  }

  /** Of two plans for one subject, that of the newer trial is in force. */
  private mergePlan({ subject, result, json }: PlanRecord): Merging {
    const id = this.results.get(result)!;
    const text = JSON.stringify(json);
    const here = this.database
      .prepare(
        'SELECT plan_in_force.json, made_at FROM plan_in_force JOIN result ON result.id = result WHERE plan_in_force.subject = ?',
      )
      .get(subject);
    const there = this.database.prepare('SELECT made_at FROM result WHERE id = ?').get(id)!;
    if (here !== undefined && String(here['made_at']) >= String(there['made_at'])) return 'unchanged';
    this.database.prepare('INSERT OR REPLACE INTO plan_in_force VALUES (?, ?, ?)').run(subject, id, text);
    return here === undefined ? 'added' : 'extended';
  }

  /** Made of points and trials, so the newer one holds. */
  private mergeContention({ machine, series, changedAt, json }: ContentionRecord): Merging {
    const here = this.database
      .prepare('SELECT changed_at FROM contention WHERE machine = ? AND series = ?')
      .get(machine, series);
    if (here !== undefined && String(here['changed_at']) >= changedAt) return 'unchanged';
    this.database
      .prepare('INSERT OR REPLACE INTO contention VALUES (?, ?, ?, ?)')
      .run(machine, series, changedAt, JSON.stringify(json));
    return here === undefined ? 'added' : 'extended';
  }

  private mergeTable({ name, hash, file, importedAt, table }: TableRecord): void {
    const here = this.database.prepare('SELECT hash FROM published_table WHERE name = ?').get(name);
    if (here === undefined) {
      this.database
        .prepare('INSERT INTO published_table VALUES (?, ?, ?, ?, ?)')
        .run(name, hash, file, importedAt, JSON.stringify(table));
      this.counts.tables.added++;
    } else if (here['hash'] === hash) this.counts.tables.unchanged++;
    else this.taken.push(name);
  }

  private countAside(): number {
    const row = this.database.prepare("SELECT count(*) AS count FROM point WHERE state = 'superseded'").get();
    return Number(row?.['count']);
  }
}
