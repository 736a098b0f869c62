import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Sheet, sheetOfLatencies, sheetOfResults, sheetsOfPoints } from '../check/index.ts';
import { ThinferError } from '../errors.ts';
import { toPoint } from '../profile/index.ts';
import { allTables, openAnyTable, StoreReader } from '../store/index.ts';
import { type AnyTable, isResults, readForChecking } from '../table/index.ts';

/** A table that is checked: an element of `tables` in the JSON. */
export interface CheckedTable {
  readonly name: string;
  readonly kind: 'latencies' | 'results' | 'points';
  readonly rows: number;
  /** What was not checked, a sentence each. */
  readonly notices: readonly string[];
  readonly sheet: Sheet;
}

/**
 * What is to be checked: the named files and imported tables, or all that the project folder has. Everything that can't
 * be read is reported at once.
 */
export function checkedTables(
  names: readonly string[],
  { project, points }: { readonly project: string; readonly points: boolean },
): CheckedTable[] {
  const named =
    names.length > 0 ? readAll(names, project) : points ? [] : allTables(project).map(({ table }) => table);
  const stored = names.length === 0 || points ? pointSheets(project) : [];
  const tables = [...withShortNames(named).map(tableOf), ...stored];
  if (tables.length > 0) return tables;
  throw new ThinferError('not-found', `${project}: holds no imported tables and no measured points`, {
    remedy:
      'name CSV files to check, import some (thinfer import FILE), or measure first (thinfer profile MODEL)',
  });
}

function readAll(names: readonly string[], project: string): AnyTable[] {
  const errors: ThinferError[] = [];
  const tables = names.flatMap((name) => {
    try {
      return [readForChecking(name) ?? openAnyTable(name, project)];
    } catch (error) {
      errors.push(ThinferError.from(error));
      return [];
    }
  });
  const [first] = errors;
  if (first === undefined) return tables;
  throw new ThinferError(first.code, errors.map(({ message }) => message).join('\n'), {
    ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
    cause: first,
  });
}

/** Files go by their names without folders, where those tell them apart; else by as much of the path as does. */
function withShortNames(tables: readonly AnyTable[]): AnyTable[] {
  const short = tables.map(({ name }) => basename(name));
  const isUnique = new Set(short).size === tables.length;
  return isUnique ? tables.map((table, index): AnyTable => ({ ...table, name: short[index]! })) : [...tables];
}

function tableOf(table: AnyTable): CheckedTable {
  const kind = isResults(table) ? 'results' : 'latencies';
  const sheet = isResults(table) ? sheetOfResults(table) : sheetOfLatencies(table);
  return { name: table.name, kind, rows: table.rows.length, notices: table.notices, sheet };
}

function pointSheets(project: string): CheckedTable[] {
  if (!existsSync(join(project, 'thinfer.db'))) return [];
  using store = StoreReader.openToRead(project);
  const points = store.everyPoint().flatMap(({ hash, settings }) => {
    const stored = store.load(hash);
    const isMeasured = stored !== null && (stored.failure !== null || stored.visits.length > 0);
    return isMeasured ? [toPoint(hash, settings, stored)] : [];
  });
  return sheetsOfPoints(points).map((sheet) => ({
    ...{ name: sheet.name, kind: 'points', rows: sheet.rows.length, notices: [], sheet },
  }));
}
