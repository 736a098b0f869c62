import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { migrations, schemaVersion } from './schema.ts';

/** Opens or makes the database and brings it up to date. Throws `store-invalid` or `storage`; the file stays as it was. */
export function openDatabase(file: string): DatabaseSync {
  return withStoreErrors(file, () => {
    makeFolder(dirname(file));
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

/**
 * Opens a database that is there, so that nothing can be written through it, on a disk that can't be written too. One of
 * an older format is brought up to date first. Throws `store-invalid` or `storage`.
 */
export function openToRead(file: string): DatabaseSync {
  return withStoreErrors(file, () => {
    const database = openReadable(file);
    const version = versionOf(database);
    if (version === schemaVersion) return database;
    database.close();
    checkVersion(file, version);
    return openDatabase(file);
  });
}

/**
 * Whoever opens a WAL database shares an index with the others, in a file beside it that the first one makes. Where that
 * can't be made and there is no log, nobody writes, and SQLite may read the file as one that doesn't change
 * (https://www.sqlite.org/wal.html#read_only_databases).
 */
function openReadable(file: string): DatabaseSync {
  try {
    // Not `readOnly`: such a connection leaves log and index behind. SQLite itself reads only where it can't write.
    return openExisting(file, 'mode=rw');
  } catch (error) {
    const code = primaryCode(error);
    const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
    const cannotWrite = code === readOnly || code === cannotOpen;
    if (!cannotWrite || (log !== undefined && log.size > 0)) throw error;
    return openExisting(file, 'mode=ro&immutable=1');
  }
}

function openExisting(file: string, how: string): DatabaseSync {
  const url = pathToFileURL(resolve(file));
  url.search = how;
  const database = new DatabaseSync(url, { timeout: 10_000 });
  try {
    database.exec('PRAGMA query_only = ON');
    versionOf(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
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
const readOnly = 8;
const cannotOpen = 14;
const notOurs = new Map([
  [11, 'is damaged'],
  [26, 'is no database'],
]);
const storage = new Map([
  [readOnly, 'can not be written: it or its folder is read-only'],
  [10, 'can not be read or written'],
  [13, 'can not be written: the disk is full'],
  [cannotOpen, 'can not be opened'],
]);

/** The primary result code of an error of SQLite's; null of any other. */
function primaryCode(thrown: unknown): number | null {
  return thrown instanceof Error && 'errcode' in thrown ? Number(thrown.errcode) & 0xff : null;
}

function storeError(file: string, thrown: unknown): ThinferError {
  const code = primaryCode(thrown);
  if (code === null) {
    // Whatever the file system refuses here, it refuses to hold the project folder.
    if (!(thrown instanceof Error) || !('syscall' in thrown)) return ThinferError.from(thrown);
    return new ThinferError('storage', `${file}: ${thrown.message}`, {
      remedy: storageRemedy,
      cause: thrown,
    });
  }
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
