import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SideCell } from '../compare/index.ts';
import { ThinferError } from '../errors.ts';
import { formatTime } from '../report/format.ts';
import { StoreReader } from '../store/index.ts';
import type { Where } from '../table/index.ts';
import { cellOfPoint, factsOfMachine } from './compare-points.ts';
import { isWanted, learnValues, refuseUnknownColumns, type Values } from './compare-where.ts';
import { showsPeak } from './site-facts.ts';

type Fact = readonly [name: string, value: string];

/** What of a source was asked for. */
export interface Found {
  /** Of all its cells. */
  readonly values: Values;
  readonly cells: readonly SideCell[];
  /** Points left out because the same was measured again later, with other contents of the model or another method. */
  readonly older: number;
  readonly facts: readonly Fact[];
}

/** `tcmalloc` is either of its two libraries, as it is in a sweep. */
function withAllocator(where: Where, values: Values): Where {
  const known = values.get('allocator');
  const isMinimal = where['allocator'] === 'tcmalloc' && !known?.has('tcmalloc');
  return isMinimal && known?.has('tcmalloc_minimal') ? { ...where, allocator: 'tcmalloc_minimal' } : where;
}

interface MeasuredCell {
  readonly cell: SideCell;
  readonly facts: readonly Fact[];
  /** When its first visit began and the last thing happened to it: ISO 8601, UTC. */
  readonly from: string;
  readonly until: string;
}

/** Cells of a project folder. Throws `not-found`, `store-invalid`, `usage`. */
export function readProject(folder: string, where: Where): Found {
  if (!existsSync(join(folder, 'thinfer.db')))
    throw new ThinferError('not-found', `${folder}: is no project folder: there is no thinfer.db in it`, {
      remedy: 'name a folder that thinfer measured in, a bundle, a CSV file or an imported table',
    });
  const all = measuredCells(folder, where['benchmark']);
  const values: Values = new Map();
  for (const { cell } of all) learnValues(values, cell);
  refuseUnknownColumns(where, values, folder);
  const asked = withAllocator(where, values);
  const wanted = all.filter(({ cell }) => isWanted(cell, asked));
  const newest = newestOfEach(wanted);
  const cells = newest.map(({ cell }) => cell);
  return { cells, older: wanted.length - newest.length, facts: factsOf(newest), values };
}

/** Models that show the machine's peak are no part of a comparison that does not name them. */
function measuredCells(folder: string, model: string | undefined): MeasuredCell[] {
  using store = StoreReader.openToRead(folder);
  const machines = store.machines();
  const found: MeasuredCell[] = [];
  // Thousands of points share the facts of one machine and its software.
  const shared = new Map<string, readonly Fact[]>();
  const factsAbout = (
    machine: string,
    versions: Readonly<Record<string, string>>,
    engine: string,
  ): readonly Fact[] => {
    const key = JSON.stringify([machine, versions, engine]);
    // The engine's is a column.
    const software = Object.entries(versions).filter(([name]) => name !== engine);
    const facts = shared.get(key) ?? [
      ...factsOfMachine(machines.get(machine) ?? {}),
      ...software.map(([name, version]): Fact => [`version of ${name}`, version]),
    ];
    shared.set(key, facts);
    return facts;
  };
  for (const { hash, settings, machine, versions } of store.everyPoint()) {
    if (showsPeak(settings.model.name) && settings.model.name !== model) continue;
    const stored = store.load(hash);
    const cell = stored === null ? null : cellOfPoint(hash, settings, stored);
    if (cell === null || stored === null) continue;
    const times = [...stored.visits.map(({ startedAt }) => startedAt), stored.measuredAt].sort();
    const facts = factsAbout(machine, versions, settings.engine.name);
    found.push({ cell, facts, from: times[0]!, until: times.at(-1)! });
  }
  return found;
}

/** Of points that differ in nothing but the model's content or the method, the one that was measured last. */
function newestOfEach(found: readonly MeasuredCell[]): readonly MeasuredCell[] {
  const alike = Map.groupBy(found, ({ cell: { columns, threads, batch } }) =>
    JSON.stringify([Object.entries(columns).sort(), threads, batch]),
  );
  const left = new Set(
    [...alike.values()].flatMap((own) => {
      const telling = new Set(own.map(({ cell }) => `${cell.modelHash} ${cell.method}`));
      // Otherwise something else tells them apart, and nobody knows which is meant.
      return telling.size < own.length ? own : own.toSorted(byLastTime).slice(-1);
    }),
  );
  return found.filter((one) => left.has(one));
}

const byLastTime = (x: MeasuredCell, y: MeasuredCell): number => (x.until < y.until ? -1 : 1);

/** What the machines and the software were, each fact once, and when all was measured. */
function factsOf(found: readonly MeasuredCell[]): Fact[] {
  const lists = new Set(found.map((one) => one.facts));
  const facts = new Map([...lists].flat().map((fact) => [fact.join('\n'), fact]));
  const times = found.flatMap(({ from, until }) => [from, until]).sort();
  return [
    ...facts.values(),
    ...(times.length === 0
      ? []
      : [['measured', `${formatTime(times[0]!)} to ${formatTime(times.at(-1)!)}`] as const]),
  ];
}
