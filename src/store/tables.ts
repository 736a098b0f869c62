import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ThinferError } from '../errors.ts';
import { type AnyTable, isResults, readAnyTable, readTable, type Table } from '../table/index.ts';
import { openDatabase, openToRead, withStoreErrors } from './open-database.ts';
import { databaseFileOf } from './store-reader.ts';

/** A published table in the database of a project folder. @typeParam T Its kind; default: of latencies. */
export interface StoredTable<T extends AnyTable = Table> {
  readonly name: string;
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly importedAt: string;
  /** Its `name` is that of the stored table. */
  readonly table: T;
}

/** What became of a table that was to be stored; `unchanged`: the same was there under that name. */
export type Storing = 'stored' | 'unchanged';

/**
 * The table of latencies that a file holds or, where there is no file of that name, that was imported under that name.
 * Throws `usage` where that is one of results.
 */
export function openTable(nameOrFile: string, projectDir: string): Table {
  const table = openNamed(nameOrFile, projectDir, readTable);
  if (!isResults(table)) return table;
  throw new ThinferError(
    'usage',
    `${nameOrFile}: is a table of results, not one of latencies over threads and batches`,
    {
      remedy: 'thinfer check and the pages take it; plans are made from latencies',
    },
  );
}

/** Either kind of table, of a file or by the name it was imported under; a file's unread columns are noticed, not refused. */
export function openAnyTable(nameOrFile: string, projectDir: string): AnyTable {
  return openNamed(nameOrFile, projectDir, (file) => readAnyTable(file, { unknown: 'keep' }));
}

function openNamed(nameOrFile: string, projectDir: string, read: (file: string) => AnyTable): AnyTable {
  const isFile = isNoFolder(nameOrFile);
  const stored = isFile ? [] : allTables(projectDir);
  const found = stored.find(({ name }) => name === nameOrFile);
  if (found !== undefined) return found.table;
  if (isFile || existsSync(nameOrFile)) return read(nameOrFile);
  throw new ThinferError('not-found', `${nameOrFile}: no such file, and no imported table of this name`, {
    remedy: nameRemedy(stored),
  });
}

/** Tables of both kinds, by name: they share their names. Makes nothing where there is no database. */
export function allTables(projectDir: string): StoredTable<AnyTable>[] {
  const file = databaseFileOf(projectDir);
  if (!existsSync(file)) return [];
  return using(file, openToRead(file), (database) =>
    database
      .prepare('SELECT * FROM published_table ORDER BY name')
      .all()
      .map((row) => ({
        name: String(row['name']),
        file: String(row['file']),
        importedAt: String(row['imported_at']),
        table: JSON.parse(String(row['json'])) as AnyTable,
      })),
  );
}

/**
 * Stores tables under names, all of them or, when one name is taken by another table (`usage`), none. A table that is
 * there under its name already is left as it is.
 */
export function storeTables(projectDir: string, tables: ReadonlyMap<string, AnyTable>): Map<string, Storing> {
  const file = databaseFileOf(projectDir);
  return using(file, openDatabase(file), (database) =>
    inTransaction(database, () => {
      const taken = [...tables].filter(
        ([name, table]) => ![null, tableHash(table)].includes(hashAt(database, name)),
      );
      if (taken.length > 0) throw nameTaken(taken.map(([name]) => name));
      const insert = database.prepare('INSERT OR IGNORE INTO published_table VALUES (?, ?, ?, ?, ?)');
      return new Map(
        [...tables].map(([name, table]) => {
          const json = JSON.stringify({ ...table, name });
          const { changes } = insert.run(
            name,
            tableHash(table),
            resolve(table.name),
            new Date().toISOString(),
            json,
          );
          return [name, changes === 0 ? 'unchanged' : 'stored'];
        }),
      );
    }),
  );
}

/** Removes a stored table. Throws `not-found` where there is none of that name. */
export function removeTable(projectDir: string, name: string): void {
  const stored = allTables(projectDir);
  if (!stored.some((table) => table.name === name))
    throw new ThinferError('not-found', `${name}: no imported table of this name`, {
      remedy: nameRemedy(stored),
    });
  const file = databaseFileOf(projectDir);
  using(file, openDatabase(file), (database) =>
    database.prepare('DELETE FROM published_table WHERE name = ?').run(name),
  );
}

function using<T>(file: string, database: DatabaseSync, action: (database: DatabaseSync) => T): T {
  try {
    return withStoreErrors(file, () => action(database));
  } finally {
    database.close();
  }
}

function inTransaction<T>(database: DatabaseSync, action: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = action();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function hashAt(database: DatabaseSync, name: string): string | null {
  const row = database.prepare('SELECT hash FROM published_table WHERE name = ?').get(name);
  return row === undefined ? null : String(row['hash']);
}

/** What tells one table from another: a hash over what was read; not over the file's name or place. */
export function tableHash({ columns, rows }: AnyTable): string {
  return createHash('sha256')
    .update(JSON.stringify([columns, rows]))
    .digest('hex');
}

function nameTaken(names: readonly string[]): ThinferError {
  return new ThinferError(
    'usage',
    names.map((name) => `${name}: another table is stored under this name`).join('\n'),
    { remedy: 'choose another name with --name, or remove that one first: thinfer import --remove NAME' },
  );
}

function nameRemedy(stored: readonly { readonly name: string }[]): string {
  return stored.length === 0
    ? 'name a CSV file, or import one first: thinfer import FILE'
    : `imported tables: ${stored.map(({ name }) => name).join(', ')}`;
}

function isNoFolder(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}
