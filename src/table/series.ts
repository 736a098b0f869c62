import { mean } from '../stats/index.ts';
import type { InstanceSet, Series, SeriesCell, Table, TableRow } from './types.ts';

/** All series of a table, in the order of their first rows. */
export function seriesOf(table: Table): Series[] {
  const groups = Map.groupBy(table.rows, ({ description }) =>
    JSON.stringify(table.columns.map((column) => description[column])),
  );
  return [...groups.values()].map((rows) => {
    const experiments = experimentsOf(rows);
    const lone = experiments.flatMap((experiment) => experiment.lone);
    const together = experiments.map((experiment) => experiment.together).filter(({ length }) => length > 0);
    const cells = cellsOf(lone, together);
    return { columns: rows[0]!.description, cells, sets: setsOf(together, cells) };
  });
}

/** Rows of equal threads, batch and number of instances: a set that ran together, and lone runs beside it. */
interface Experiment {
  readonly lone: readonly TableRow[];
  /** None, or at least two. */
  readonly together: readonly TableRow[];
}

/** Packrat gives the number 0 to the instance that ran alone beside a set; a set of one is alone too. */
function experimentsOf(rows: readonly TableRow[]): Experiment[] {
  const byKey = Map.groupBy(rows, (row) => `${row.instances} ${keyOf(row)}`);
  return [...byKey.values()].map((experiment) => {
    const together = experiment.filter(({ instanceId }) => instanceId > 0);
    const lone = experiment.filter(({ instanceId }) => instanceId === 0);
    return together.length > 1 ? { lone, together } : { lone: experiment, together: [] };
  });
}

/** Lone runs where there are any (Packrat repeats them beside each set); otherwise the slowest of the largest set. */
function cellsOf(lone: readonly TableRow[], together: readonly (readonly TableRow[])[]): SeriesCell[] {
  const cells = new Map<string, SeriesCell>();
  for (const [key, runs] of Map.groupBy(lone, keyOf)) cells.set(key, cellOf(runs, 1, average(runs)));
  for (const set of together.toSorted((a, b) => b.length - a.length)) {
    const key = keyOf(set[0]!);
    if (!cells.has(key)) cells.set(key, cellOf(set, set.length, slowest(set)));
  }
  return [...cells.values()].sort((a, b) => a.batch - b.batch || a.threads - b.threads);
}

function cellOf(runs: readonly TableRow[], instances: number, latencyMs: number): SeriesCell {
  const { threads, batch } = runs[0]!;
  const minima = runs.map(({ minMs }) => minMs).filter((value) => value !== null);
  const maxima = runs.map(({ maxMs }) => maxMs).filter((value) => value !== null);
  return {
    threads,
    batch,
    latencyMs,
    minMs: minima.length === 0 ? null : Math.min(...minima),
    maxMs: maxima.length === 0 ? null : Math.max(...maxima),
    ...(runs.length === 1 ? ownOf(runs[0]!) : {}),
    instances,
    line: firstLine(runs),
  };
}

const ownOf = ({ interval, memoryBytes }: TableRow): Pick<SeriesCell, 'interval' | 'memoryBytes'> => ({
  ...(interval === undefined ? {} : { interval }),
  ...(memoryBytes === undefined ? {} : { memoryBytes }),
});

function setsOf(together: readonly (readonly TableRow[])[], cells: readonly SeriesCell[]): InstanceSet[] {
  const lone = new Map(cells.filter(({ instances }) => instances === 1).map((cell) => [keyOf(cell), cell]));
  return together
    .map((set) => setOf(set, lone.get(keyOf(set[0]!))?.latencyMs ?? null))
    .sort((a, b) => a.batch - b.batch || a.threads - b.threads || a.instances - b.instances);
}

function setOf(set: readonly TableRow[], predictedMs: number | null): InstanceSet {
  const byId = set.toSorted((a, b) => a.instanceId - b.instanceId);
  const { threads, batch } = byId[0]!;
  const latencyMs = slowest(set);
  return {
    instances: set.length,
    threads,
    batch,
    latencyMs,
    perInstanceMs: byId.map((row) => row.latencyMs),
    predictedMs,
    error: predictedMs === null ? null : latencyMs / predictedMs - 1,
    line: firstLine(set),
  };
}

const keyOf = ({ threads, batch }: Pick<TableRow, 'threads' | 'batch'>): string => `${threads} ${batch}`;

const slowest = (rows: readonly TableRow[]): number => Math.max(...rows.map(({ latencyMs }) => latencyMs));

const firstLine = (rows: readonly TableRow[]): number => Math.min(...rows.map(({ line }) => line));

const average = (rows: readonly TableRow[]): number => mean(rows.map(({ latencyMs }) => latencyMs));
