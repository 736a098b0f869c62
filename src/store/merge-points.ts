import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { PointRecord, VisitRecord } from './records.ts';
import { encodeRuns } from './samples-blob.ts';

/** What became of a point: it was not there, it has more visits or another state than before, or it was there as it is. */
export type Merging = 'added' | 'extended' | 'unchanged';

/** A visit with its samples as they are stored. */
interface PackedVisit {
  readonly startedAt: string;
  /** The same for the same runs, and for no others. */
  readonly key: string;
  readonly values: readonly (string | number | null)[];
  readonly replicas: readonly Uint8Array[];
}

/** A point that is to be merged. */
interface MergedPoint {
  readonly point: PointRecord;
  readonly visits: readonly PackedVisit[];
  /** Rows of the points that are there, by address; kept up to date. */
  readonly known: Map<string, readonly number[]>;
}

/** Rows of all points, by address: the database has an index of the current ones only. */
export function pointRows(database: DatabaseSync): Map<string, readonly number[]> {
  const known = new Map<string, number[]>();
  for (const row of database.prepare('SELECT id, hash FROM point ORDER BY id').iterate()) {
    const rows = known.get(String(row['hash']));
    if (rows === undefined) known.set(String(row['hash']), [Number(row['id'])]);
    else rows.push(Number(row['id']));
  }
  return known;
}

/** A visit in the form it is kept in until its point is complete. */
export function packVisit(visit: VisitRecord): PackedVisit {
  const replicas = visit.replicas.map(({ beginNs, durationNs }) =>
    encodeRuns({
      beginNs: BigUint64Array.from(beginNs, BigInt),
      durationNs: BigUint64Array.from(durationNs, BigInt),
    }),
  );
  return {
    startedAt: visit.startedAt,
    key: visitKey(visit.startedAt, replicas),
    values: [
      visit.startedAt,
      visit.warmups,
      visit.wallMs,
      JSON.stringify(visit.disturbances),
      visit.frequencyMhz,
      JSON.stringify(visit.memory),
      JSON.stringify(visit.readBack),
    ],
    replicas,
  };
}

/**
 * Puts a point with its visits into the database. A point of the same address that shares a visit with it, or that has as
 * few visits (none) and the same end, is the same measurement: it gets the visits that it lacks, and the newer state where
 * neither was set aside.
 * Any other one is another measurement of the same cell: both are kept, and the one that changed last is current.
 */
export function mergePoint(database: DatabaseSync, { point, visits, known }: MergedPoint): Merging {
  const same = findSame(database, { point, visits, known });
  if (same === null) {
    known.set(point.hash, [...(known.get(point.hash) ?? []), insertPoint(database, point, visits)]);
    return 'added';
  }
  const missing = visits.filter(({ key }) => !same.keys.includes(key));
  const isNewer = point.changedAt > same.changedAt;
  if (missing.length > 0) insertVisits(database, same.id, missing, same.lastStartedAt);
  // One that was set aside here stays so; one that was set aside there alone goes on to hold here, with the end it has here.
  if (isNewer && same.state !== 'superseded' && point.state !== 'superseded') {
    database
      .prepare('UPDATE point SET state = ?, failure = ?, message = ?, rule = ?, changed_at = ? WHERE id = ?')
      .run(point.state, point.failure, point.message, jsonOrNull(point.rule), point.changedAt, same.id);
    return 'extended';
  }
  return missing.length > 0 ? 'extended' : 'unchanged';
}

interface SamePoint {
  readonly id: number;
  readonly state: string;
  readonly changedAt: string;
  readonly keys: readonly string[];
  readonly lastStartedAt: string;
}

function findSame(database: DatabaseSync, { point, visits, known }: MergedPoint): SamePoint | null {
  const select = database.prepare(
    'SELECT id, state, changed_at, message FROM point WHERE id = ? AND machine = ?',
  );
  const rows = (known.get(point.hash) ?? [])
    .map((id) => select.get(id, point.machine))
    .filter((row) => row !== undefined);
  for (const row of rows) {
    const stored = storedVisits(database, Number(row['id']));
    const keys = stored.map(({ key }) => key);
    const isSame =
      visits.length === 0 && keys.length === 0
        ? String(row['changed_at']) === point.changedAt && row['message'] === point.message
        : visits.some(({ key }) => keys.includes(key));
    if (isSame)
      return {
        id: Number(row['id']),
        state: String(row['state']),
        changedAt: String(row['changed_at']),
        keys,
        lastStartedAt: stored.at(-1)?.startedAt ?? '',
      };
  }
  return null;
}

function storedVisits(database: DatabaseSync, point: number): { startedAt: string; key: string }[] {
  const replicas = database.prepare('SELECT samples FROM replica WHERE visit = ? ORDER BY replica');
  return database
    .prepare('SELECT id, started_at FROM visit WHERE point = ? ORDER BY id')
    .all(point)
    .map((row) => {
      const startedAt = String(row['started_at']);
      const blobs = replicas.all(Number(row['id'])).map(({ samples }) => samples as Uint8Array);
      return { startedAt, key: visitKey(startedAt, blobs) };
    });
}

function visitKey(startedAt: string, replicas: readonly Uint8Array[]): string {
  const hash = createHash('sha256').update(startedAt);
  for (const blob of replicas) hash.update(`\n${blob.byteLength}\n`).update(blob);
  return hash.digest('hex');
}

function insertPoint(database: DatabaseSync, point: PointRecord, visits: readonly PackedVisit[]): number {
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO point (hash, settings, machine, versions, state, failure, message, rule, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      point.hash,
      JSON.stringify(point.settings),
      point.machine,
      JSON.stringify(point.versions),
      makeRoom(database, point),
      point.failure,
      point.message,
      jsonOrNull(point.rule),
      point.changedAt,
    );
  insertVisits(database, Number(lastInsertRowid), visits, '');
  return Number(lastInsertRowid);
}

/** The state a new row may have: of two current measurements of one cell the older one is set aside. */
function makeRoom(database: DatabaseSync, { hash, state, changedAt }: PointRecord): PointRecord['state'] {
  if (state === 'superseded') return state;
  const current = database
    .prepare("SELECT id, changed_at FROM point WHERE hash = ? AND state <> 'superseded'")
    .get(hash);
  if (current === undefined) return state;
  if (changedAt <= String(current['changed_at'])) return 'superseded';
  database.prepare("UPDATE point SET state = 'superseded' WHERE id = ?").run(Number(current['id']));
  return state;
}

/** Visits count in the order they were made; where older ones come in later, all of the point's are put in order. */
function insertVisits(
  database: DatabaseSync,
  point: number,
  visits: readonly PackedVisit[],
  lastStartedAt: string,
): void {
  const insert = database.prepare(
    `INSERT INTO visit (started_at, warmups, wall_ms, disturbances, frequency_mhz, memory, read_back, point)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertReplica = database.prepare('INSERT INTO replica VALUES (?, ?, ?)');
  for (const { values, replicas } of visits) {
    const { lastInsertRowid } = insert.run(...values, point);
    replicas.forEach((blob, replica) => {
      insertReplica.run(lastInsertRowid, replica, blob);
    });
  }
  if (visits.some(({ startedAt }) => startedAt < lastStartedAt)) putInOrder(database, point);
}

function putInOrder(database: DatabaseSync, point: number): void {
  const ids = database.prepare('SELECT id FROM visit WHERE point = ? ORDER BY started_at, id').all(point);
  const insert = database.prepare(
    `INSERT INTO visit (point, started_at, warmups, wall_ms, disturbances, frequency_mhz, memory, read_back)
     SELECT point, started_at, warmups, wall_ms, disturbances, frequency_mhz, memory, read_back FROM visit WHERE id = ?`,
  );
  const move = database.prepare('UPDATE replica SET visit = ? WHERE visit = ?');
  const remove = database.prepare('DELETE FROM visit WHERE id = ?');
  for (const row of ids) {
    const id = Number(row['id']);
    const { lastInsertRowid } = insert.run(id);
    move.run(lastInsertRowid, id);
    remove.run(id);
  }
}

const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
