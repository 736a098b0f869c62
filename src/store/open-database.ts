import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ThinferError } from '../errors.ts';
import { migrations, schemaVersion } from './schema.ts';

/** Opens or makes the database and brings it up to date. Throws `store-invalid` or `storage`; the file stays as it was. */
export function openDatabase(file: string): DatabaseSync {
  return withStoreErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file, { timeout: 10_000 });
    try {
      checkVersion(file, versionOf(database));
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
      migrate(file, database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function checkVersion(file: string, version: number): void {
  if (version <= schemaVersion) return;
  throw new ThinferError(
    'store-invalid',
    `${file}: written by a newer thinfer (format ${version}, this one knows ${schemaVersion})`,
    { remedy: 'update thinfer, or use another project folder: --project DIR' },
  );
}

/** The version is read again inside: another process may have migrated meanwhile. */
function migrate(file: string, database: DatabaseSync): void {
  if (versionOf(database) === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    checkVersion(file, versionOf(database));
    for (const migration of migrations.slice(versionOf(database))) database.exec(migration);
    database.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Runs `action`, turning SQLite's errors into ours. */
export function withStoreErrors<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw storeError(file, thrown);
  }
}

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html. */
const busy = 5;
const notOurs = new Map([
  [11, 'is damaged'],
  [26, 'is no database'],
]);
const storage = new Map([
  [8, 'can not be written: it or its folder is read-only'],
  [10, 'can not be read or written'],
  [13, 'can not be written: the disk is full'],
  [14, 'can not be opened'],
]);

function storeError(file: string, thrown: unknown): ThinferError {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) {
    // Whatever the file system refuses here, it refuses to hold the project folder.
    if (!(thrown instanceof Error) || !('syscall' in thrown)) return ThinferError.from(thrown);
    return new ThinferError('storage', `${file}: ${thrown.message}`, {
      remedy: storageRemedy,
      cause: thrown,
    });
  }
  const code = Number(thrown.errcode) & 0xff;
  if (code === busy)
    return new ThinferError('busy', `${file}: another process holds it`, {
      remedy: 'wait for it to end',
      cause: thrown,
    });
  const damage = notOurs.get(code);
  if (damage !== undefined)
    return new ThinferError('store-invalid', `${file}: ${damage}`, {
      remedy: 'move it away, or use another project folder: --project DIR',
      cause: thrown,
    });
  const trouble = storage.get(code);
  if (trouble === undefined) return ThinferError.from(thrown);
  return new ThinferError('storage', `${file}: ${trouble}`, { remedy: storageRemedy, cause: thrown });
}

const storageRemedy = 'make room, or use a project folder that can be written: --project DIR';
