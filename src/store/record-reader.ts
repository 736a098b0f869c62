import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { ThinferError } from '../errors.ts';
import type { PointSettings } from '../profile/index.ts';
import { openToRead, withStoreErrors } from './open-database.ts';
import type { ReplicaRecord, ResultRecord, StoredRecord, VisitRecord } from './records.ts';
import { decodeRuns } from './samples-blob.ts';
import { databaseFileOf } from './store-reader.ts';
import { visitOf } from './visit-row.ts';

type Row = Record<string, SQLOutputValue>;

/** Where a point or result stands, and on which machine it was made. */
interface Place {
  readonly id: number;
  readonly machine: string;
}

/** Which records are wanted. */
export interface RecordSelection {
  readonly point: (settings: PointSettings) => boolean;
  readonly result: (kind: string, subject: string, json: unknown) => boolean;
  readonly contention: (series: string) => boolean;
  readonly table: (name: string) => boolean;
}

/** All records. */
export const everyRecord: RecordSelection = {
  point: () => true,
  result: () => true,
  contention: () => true,
  table: () => true,
};

/** The records of a project folder as they stood when it was opened, however often they are read. */
export class RecordReader {
  readonly file: string;
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  private constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.database = database;
    // Reads of one transaction see one state of the database.
    database.exec('BEGIN');
  }

  /** Throws `not-found` where nothing has been stored yet; makes nothing. */
  static open(projectDir: string): RecordReader {
    const file = databaseFileOf(projectDir);
    if (!existsSync(file))
      throw new ThinferError('not-found', `${file}: nothing is stored in this project folder yet`, {
        remedy: 'measure or import something first, or name another folder: --project DIR',
      });
    return withStoreErrors(file, () => new RecordReader(file, openToRead(file)));
  }

  /** Settings of every point, those that were set aside included. */
  settings(): PointSettings[] {
    return withStoreErrors(this.file, () => {
      const rows = Array.from(this.rows('SELECT DISTINCT settings FROM point'));
      return rows.map((row) => parse(row['settings']) as PointSettings);
    });
  }

  /** Names of the imported tables. */
  tableNames(): string[] {
    return withStoreErrors(this.file, () =>
      Array.from(this.rows('SELECT name FROM published_table ORDER BY name'), (row) => String(row['name'])),
    );
  }

  /** Each record after all that it refers to; equal databases give equal records in equal order. */
  *records(wanted: RecordSelection): Generator<StoredRecord> {
    const points = this.pointsOf(wanted);
    const results = this.resultsOf(wanted);
    const machines = new Set([...points, ...results].map(({ machine }) => machine));
    for (const row of this.rows('SELECT * FROM machine ORDER BY hash'))
      if (machines.has(String(row['hash'])))
        yield {
          kind: 'machine',
          hash: String(row['hash']),
          seenAt: String(row['seen_at']),
          machine: parse(row['json']),
        };
    for (const { id } of points) yield* this.pointRecords(id);
    const numbers = new Map(results.map(({ id }, index) => [id, index + 1]));
    for (const { id } of results) yield this.resultRecord(id, numbers.get(id)!);
    for (const row of this.rows('SELECT * FROM plan_in_force ORDER BY subject')) {
      const result = numbers.get(Number(row['result']));
      if (result !== undefined)
        yield { kind: 'plan', subject: String(row['subject']), result, json: parse(row['json']) };
    }
    for (const row of this.rows('SELECT * FROM contention ORDER BY machine, series'))
      if (wanted.contention(String(row['series'])))
        yield {
          kind: 'contention',
          machine: String(row['machine']),
          series: String(row['series']),
          changedAt: String(row['changed_at']),
          json: parse(row['json']),
        };
    for (const row of this.rows('SELECT * FROM published_table ORDER BY name'))
      if (wanted.table(String(row['name'])))
        yield {
          kind: 'table',
          name: String(row['name']),
          hash: String(row['hash']),
          // Where it lay on this machine is nobody else's business.
          file: basename(String(row['file'])),
          importedAt: String(row['imported_at']),
          table: parse(row['json']) as never,
        };
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One row after the other: all of them may be more than memory holds. */
  private rows(sql: string, ...values: (string | number)[]): Iterable<Row> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement.iterate(...values);
  }

  private pointsOf({ point }: RecordSelection): Place[] {
    const rows = this.rows('SELECT id, machine, settings FROM point ORDER BY id');
    return placesWhere(rows, (row) => point(parse(row['settings']) as PointSettings));
  }

  private resultsOf({ result }: RecordSelection): Place[] {
    const rows = this.rows('SELECT id, machine, kind, subject, json FROM result ORDER BY id');
    return placesWhere(rows, (row) =>
      result(String(row['kind']), String(row['subject']), parse(row['json'])),
    );
  }

  private *pointRecords(id: number): Generator<StoredRecord> {
    const [row] = Array.from(this.rows('SELECT * FROM point WHERE id = ?', id)) as [Row];
    yield {
      kind: 'point',
      hash: String(row['hash']),
      state: row['state'] as 'open',
      settings: parse(row['settings']),
      machine: String(row['machine']),
      versions: parse(row['versions']),
      failure: textOrNull(row['failure']),
      message: textOrNull(row['message']),
      rule: row['rule'] === null ? null : parse(row['rule']),
      changedAt: String(row['changed_at']),
    };
    for (const visit of this.rows('SELECT * FROM visit WHERE point = ? ORDER BY id', id))
      yield this.visitRecord(visit);
  }

  private visitRecord(row: Row): VisitRecord {
    const replicas = this.rows(
      'SELECT samples FROM replica WHERE visit = ? ORDER BY replica',
      Number(row['id']),
    );
    return {
      kind: 'visit',
      ...visitOf(row, parse),
      replicas: Array.from(replicas, ({ samples }) => runsOf(samples as Uint8Array)),
    };
  }

  private resultRecord(id: number, number: number): ResultRecord {
    const [row] = Array.from(this.rows('SELECT * FROM result WHERE id = ?', id)) as [Row];
    const samples = this.rows(
      'SELECT * FROM trial_sample WHERE result = ? ORDER BY configuration, round',
      id,
    );
    return {
      kind: 'result',
      number,
      of: String(row['kind']),
      subject: String(row['subject']),
      machine: String(row['machine']),
      madeAt: String(row['made_at']),
      json: parse(row['json']),
      samples: Array.from(samples, (sample) => ({
        configuration: String(sample['configuration']),
        round: Number(sample['round']),
        durationNs: Array.from(new BigInt64Array((sample['samples'] as Uint8Array).slice().buffer), Number),
      })),
    };
  }
}

function placesWhere(rows: Iterable<Row>, isWanted: (row: Row) => boolean): Place[] {
  const places: Place[] = [];
  for (const row of rows)
    if (isWanted(row)) places.push({ id: Number(row['id']), machine: String(row['machine']) });
  return places;
}

const parse = (text: SQLOutputValue | undefined): unknown => JSON.parse(String(text));
const textOrNull = (value: SQLOutputValue | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

function runsOf(samples: Uint8Array): ReplicaRecord {
  const { beginNs, durationNs } = decodeRuns(samples);
  return { beginNs: Array.from(beginNs, Number), durationNs: Array.from(durationNs, Number) };
}
