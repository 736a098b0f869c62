import { existsSync, globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Dataset,
  datasetsOfPoints,
  datasetsOfTables,
  type Grid,
  gridOfResults,
  gridsOfDatasets,
} from '../dataset/index.ts';
import { ThinferError } from '../errors.ts';
import { allTables, databaseFileOf, type StoredTable, StoreReader } from '../store/index.ts';
import {
  type AnyTable,
  isResults,
  nearestName,
  type ResultTable,
  readAnyTable,
  recordsOf,
  type Table,
} from '../table/index.ts';
import { measuredPlaces, showsPeak, storedFacts } from './site-facts.ts';

/** What a site is drawn from. */
export interface SiteSources {
  readonly datasets: readonly Dataset[];
  readonly grids: readonly Grid[];
  /** What can't be drawn, a sentence each. */
  readonly notices: readonly string[];
}

/** A table of either kind with its name and file. */
interface Named<T extends AnyTable = AnyTable> {
  readonly name: string;
  readonly file: string;
  readonly table: T;
}

/**
 * What names stand for, in this order: CSV files, folders of them, imported tables, models with points; all that is stored where no name is
 * given. `areModels`: nothing else. Throws `not-found` with all names that stand for nothing, or where nothing is stored.
 */
export function readSiteSources(
  names: readonly string[],
  project: string,
  { areModels = false }: { readonly areModels?: boolean } = {},
): SiteSources {
  const stored = allTables(project);
  const hasDatabase = existsSync(databaseFileOf(project));
  using store = hasDatabase ? StoreReader.openToRead(project) : null;
  const models = store?.models() ?? [];
  const found =
    names.length === 0
      ? everything(stored, models)
      : areModels
        ? { tables: [], models: new Set(names) }
        : resolveNames(names, stored, models);
  if (found.tables.length === 0 && found.models.size === 0)
    throw new ThinferError(
      'not-found',
      `${project}: nothing has been measured or imported in this project folder yet`,
      {
        remedy:
          'measure something first (thinfer profile, thinfer study), import a table (thinfer import FILE), or name CSV files and folders',
      },
    );
  const own = store === null || found.models.size === 0 ? [] : ownDatasets(store, found.models);
  const latencies = found.tables.filter((one): one is Named<Table> => !isResults(one.table));
  const results = found.tables.filter((one): one is Named<ResultTable> => isResults(one.table));
  const drawn = results.map((one) => ({ name: one.name, grid: gridOfTable(one) }));
  const undrawn = drawn.filter(({ grid }) => grid === null).map(({ name }) => name);
  return {
    datasets: [...datasetsOfTables(latencies), ...own],
    grids: [...drawn.flatMap(({ grid }) => grid ?? []), ...gridsOfDatasets(own)],
    notices: undrawn.map((name) => `${name}: holds no latency over batches; it is not drawn`),
  };
}

function gridOfTable({ name, file, table }: Named<ResultTable>): Grid | null {
  const { columns, notices } = table;
  return gridOfResults({
    name,
    file,
    columns: columns.map((column) => column.name),
    rateUnit: columns.find(({ quantity }) => quantity === 'throughput')?.unit ?? null,
    notices,
    rows: recordsOf(table),
  });
}

interface Found {
  readonly tables: readonly Named[];
  readonly models: ReadonlySet<string>;
}

function everything(stored: readonly StoredTable<AnyTable>[], models: readonly string[]): Found {
  return {
    tables: stored.map(namedTable),
    models: new Set(models.filter((name) => !showsPeak(name))),
  };
}

const namedTable = ({ name, file, table }: StoredTable<AnyTable>): Named => ({ name, file, table });

function resolveNames(
  names: readonly string[],
  stored: readonly StoredTable<AnyTable>[],
  models: readonly string[],
): Found {
  const tables: Named[] = [];
  const wanted = new Set<string>();
  const problems: ThinferError[] = [];
  for (const name of names)
    try {
      const files = filesOf(name);
      const table = stored.find((one) => one.name === name);
      if (files !== null) tables.push(...files.map(readNamed));
      else if (table !== undefined) tables.push(namedTable(table));
      else if (models.includes(name)) wanted.add(name);
      else throw unknownName(name, stored, models);
    } catch (error) {
      problems.push(ThinferError.from(error));
    }
  const [first] = problems;
  if (first === undefined) return { tables, models: wanted };
  if (problems.length === 1) throw first;
  throw new ThinferError(first.code, problems.map(({ message }) => message).join('\n'), {
    remedy: [...new Set(problems.map(({ remedy }) => remedy))].join('; '),
    cause: first,
  });
}

/** The CSV files that a path stands for; null where it is none. */
function filesOf(name: string): string[] | null {
  const status = statSync(name, { throwIfNoEntry: false });
  if (status === undefined) return null;
  if (!status.isDirectory()) return [name];
  const files = globSync('**/*.csv', { cwd: name })
    .sort()
    .map((file) => join(name, file));
  if (files.length > 0) return files;
  throw new ThinferError('not-found', `${name}: no CSV file is in this folder`, {
    remedy: 'name a folder with tables, a table, or a model',
  });
}

const readNamed = (file: string): Named => ({
  name: file,
  file: resolve(file),
  table: readAnyTable(file, { unknown: 'keep' }),
});

function unknownName(
  name: string,
  stored: readonly StoredTable<AnyTable>[],
  models: readonly string[],
): ThinferError {
  const known = [...stored.map((table) => table.name), ...models];
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return new ThinferError(
    'not-found',
    `${name}: no such file or folder, no imported table and no measured model of this name${hint}`,
    {
      remedy:
        known.length === 0
          ? 'name CSV files or folders of them, or measure and import something first'
          : `there are: ${known.join(', ')}`,
    },
  );
}

/** Datasets of own points; the machine's peak is read beside them. */
function ownDatasets(store: StoreReader, models: ReadonlySet<string>): Dataset[] {
  const places = measuredPlaces(store, models);
  const wanted = places.filter(({ point }) => models.has(point.settings.model.name));
  return datasetsOfPoints(wanted, storedFacts(store, places));
}
