import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Scratch } from './process-test.ts';

/** The database of a scratch folder's project. */
export function databaseFile({ folder }: Scratch, project = '.thinfer'): string {
  return join(folder, project, 'thinfer.db');
}

/** Runs one query, and gives its rows in a form that compares by bytes. */
export function query(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  } finally {
    database.close();
  }
}

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

/** Everything that is stored of finished points, by the point's number; each as one text. */
export function finishedPoints(file: string): Map<number, string> {
  const points = query(file, "SELECT * FROM point WHERE state <> 'open' ORDER BY id");
  const visits = query(file, 'SELECT * FROM visit ORDER BY id');
  const replicas = query(file, 'SELECT * FROM replica ORDER BY visit, replica');
  return new Map(
    points.map((point) => {
      const own = visits
        .filter((visit) => visit['point'] === point['id'])
        .map((visit) => ({ ...visit, replicas: replicas.filter((runs) => runs['visit'] === visit['id']) }));
      return [Number(point['id']), JSON.stringify({ ...point, visits: own })];
    }),
  );
}

/** Hash, settings and state of every current point, in the order of hashes. */
export function pointSet(file: string): Record<string, unknown>[] {
  return query(file, "SELECT hash, settings, state FROM point WHERE state <> 'superseded' ORDER BY hash");
}
