import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBundle } from '../bundle/index.ts';
import type { Environment, SideCell } from '../compare/index.ts';
import { ThinferError } from '../errors.ts';
import { formatTime } from '../report/format.ts';
import { openTable, StoreReader } from '../store/index.ts';
import type { Where } from '../table/index.ts';
import { cellOfPoint, factsOfMachine } from './compare-points.ts';
import type { SideName } from './compare-side-name.ts';
import { cellsOfTable } from './compare-table.ts';
import { importBundle } from './import-bundle.ts';
import { onInterrupt } from './on-interrupt.ts';
import type { Terminal } from './terminal.ts';

/** One side, read. */
export interface Side {
  readonly name: SideName;
  readonly kind: 'project' | 'bundle' | 'table';
  readonly cells: readonly SideCell[];
  /** Of its machines, software and times, a name and a value each. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Opens a side. Throws `not-found`, `store-invalid`, `usage` where nothing is left of it. */
export async function openSide(name: SideName, project: string, terminal: Terminal): Promise<Side> {
  const { source } = name;
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return sideOf(name, 'project', readProject(source, name.where));
  if (stat?.isFile() && isBundle(source))
    return sideOf(name, 'bundle', await readBundled(source, name.where, terminal));
  if (source === project)
    throw new ThinferError('not-found', `${project}: there is no such project folder`, {
      remedy: 'measure something first, or name another folder: --project DIR',
    });
  const origin = stat === undefined ? source : realpathSync(source);
  const all = cellsOfTable(openTable(source, project), origin);
  const values: Values = new Map();
  for (const cell of all) learnValues(values, cell);
  refuseUnknownColumns(name.where, values, source);
  return sideOf(name, 'table', { cells: all.filter((cell) => matches(cell, name.where)), facts: [], values });
}

/** Values of each column, of all cells of a source. */
type Values = Map<string, Set<string>>;

function learnValues(values: Values, { columns, threads, batch }: SideCell): void {
  for (const [column, value] of Object.entries({ threads, batch, ...columns }))
    values.set(column, (values.get(column) ?? new Set()).add(String(value)));
}

interface Found {
  readonly values: Values;
  readonly cells: readonly SideCell[];
  readonly facts: readonly (readonly [name: string, value: string])[];
}

function sideOf(name: SideName, kind: Side['kind'], { cells, facts, values }: Found): Side {
  if (cells.length === 0)
    throw new ThinferError('usage', `${name.text}: no cell is left`, { remedy: whereRemedy(name, values) });
  return { name, kind, cells, facts };
}

/** What is known of how cells were measured. */
export function environmentOf({ facts }: Pick<Side, 'facts'>, cells: readonly SideCell[]): Environment {
  const environment = new Map<string, Set<string>>();
  const add = (fact: string, value: string): void => {
    environment.set(fact, (environment.get(fact) ?? new Set()).add(value));
  };
  for (const [fact, value] of facts) add(fact, value);
  for (const { columns, method } of cells) {
    for (const [column, value] of Object.entries(columns)) if (!isKnownElsewhere(column)) add(column, value);
    if (method !== null) add('measuring method', method);
  }
  return environment;
}

/** The CPU stands among the facts of the machine. */
const isKnownElsewhere = (column: string): boolean => column === 'topology_hash';

function whereRemedy({ source, where }: SideName, values: Values): string {
  const asked = Object.entries(where);
  if (asked.length === 0) return `${source} holds no measured point; measure something first`;
  const unknown = asked
    .filter(([column, wanted]) => ![...(values.get(column) ?? [])].some((value) => isSame(value, wanted)))
    .map(([column]) => `${column} is ${[...values.get(column)!].sort().join(' or ')} there`);
  const all = asked.map(([column, value]) => `${column}=${value}`).join(',');
  return [`nothing in ${source} has ${all}`, ...unknown].join('; ');
}

function readProject(folder: string, where: Where): Found {
  if (!existsSync(join(folder, 'thinfer.db')))
    throw new ThinferError('not-found', `${folder}: is no project folder: there is no thinfer.db in it`, {
      remedy: 'name a folder that thinfer measured in, a bundle, a CSV file or an imported table',
    });
  using store = StoreReader.openToRead(folder);
  const machines = store.machines();
  const cells: SideCell[] = [];
  const facts = new Map<string, readonly [string, string]>();
  const learn = (name: string, value: string): void => {
    facts.set(`${name}\n${value}`, [name, value]);
  };
  const values: Values = new Map();
  const times: string[] = [];
  for (const { hash, settings, machine, versions } of store.everyPoint()) {
    const stored = store.load(hash);
    const cell = stored === null ? null : cellOfPoint(hash, settings, stored);
    if (cell === null || stored === null) continue;
    learnValues(values, cell);
    if (!matches(cell, where)) continue;
    cells.push(cell);
    for (const [name, value] of factsOfMachine(machines.get(machine) ?? {})) learn(name, value);
    // The engine's is a column.
    for (const [name, version] of Object.entries(versions))
      if (name !== settings.engine.name) learn(`version of ${name}`, version);
    times.push(...stored.visits.map(({ startedAt }) => startedAt), stored.measuredAt);
  }
  refuseUnknownColumns(where, values, folder);
  times.sort();
  if (times.length > 0) learn('measured', `${formatTime(times[0]!)} to ${formatTime(times.at(-1)!)}`);
  return { cells, facts: [...facts.values()], values };
}

function refuseUnknownColumns(where: Where, values: Values, source: string): void {
  const known = [...values.keys()];
  const unknown = Object.keys(where).filter((column) => !known.includes(column));
  if (unknown.length === 0 || known.length === 0) return;
  throw new ThinferError(
    'usage',
    unknown
      .map((column) => `${source}: there is no column ${JSON.stringify(column)} to choose by`)
      .join('\n'),
    { remedy: `columns to choose by: ${known.join(', ')}` },
  );
}

/** A bundle is read as the project that it would become. */
async function readBundled(file: string, where: Where, terminal: Terminal): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'thinfer-compare-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const stopSignals = onInterrupt(() => {
    remove();
    process.exit(130);
  });
  try {
    await importBundle(file, { project: folder, dryRun: false }, terminal);
    return readProject(folder, where);
  } finally {
    stopSignals();
    remove();
  }
}

function matches({ columns, threads, batch }: SideCell, where: Where): boolean {
  const own: Readonly<Record<string, string>> = {
    ...columns,
    threads: String(threads),
    batch: String(batch),
  };
  return Object.entries(where).every(([column, wanted]) => isSame(own[column] ?? '', wanted));
}

const isSame = (value: string, wanted: string): boolean =>
  value === wanted || (value !== '' && wanted !== '' && Number(value) === Number(wanted));
