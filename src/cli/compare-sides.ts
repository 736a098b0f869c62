import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBundle } from '../bundle/index.ts';
import type { Environment, SideCell } from '../compare/index.ts';
import { ThinferError } from '../errors.ts';
import { openTable } from '../store/index.ts';
import type { Where } from '../table/index.ts';
import { type Found, readProject } from './compare-project.ts';
import type { SideName } from './compare-side-name.ts';
import { cellsOfTable } from './compare-table.ts';
import { isWanted, learnValues, refuseUnknownColumns, type Values, whereRemedy } from './compare-where.ts';
import { importBundle } from './import-bundle.ts';
import { onInterrupt } from './on-interrupt.ts';
import type { Terminal } from './terminal.ts';

/** One side, read. */
export interface Side extends Omit<Found, 'values'> {
  readonly name: SideName;
  readonly kind: 'project' | 'bundle' | 'table';
}

/** Opens a side. Throws `not-found`, `store-invalid`, `usage` where nothing is left of it. */
export async function openSide(name: SideName, project: string, terminal: Terminal): Promise<Side> {
  const { source, where } = name;
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return sideOf(name, 'project', readProject(source, where));
  if (stat?.isFile() && isBundle(source))
    return sideOf(name, 'bundle', await readBundled(source, where, terminal));
  if (source === project)
    throw new ThinferError('not-found', `${project}: there is no such project folder`, {
      remedy: 'measure something first, or name another folder: --project DIR',
    });
  return sideOf(name, 'table', readTableSide(name, project));
}

function readTableSide({ source, where }: SideName, project: string): Found {
  const origin = existsSync(source) ? realpathSync(source) : source;
  const all = cellsOfTable(openTable(source, project), origin);
  const values: Values = new Map();
  for (const cell of all) learnValues(values, cell);
  refuseUnknownColumns(where, values, source);
  return { cells: all.filter((cell) => isWanted(cell, where)), older: 0, facts: [], values };
}

function sideOf(name: SideName, kind: Side['kind'], { values, ...found }: Found): Side {
  if (found.cells.length === 0)
    throw new ThinferError('usage', `${name.text}: no cell is left`, { remedy: whereRemedy(name, values) });
  return { name, kind, ...found };
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
