import type { InstanceSet, Series, SeriesCell, Table, TableRow } from './types.ts';

/** All series of a table, in the order of their first rows. */
export function seriesOf(table: Table): Series[] {
  const groups = Map.groupBy(table.rows, ({ description }) =>
    JSON.stringify(table.columns.map((column) => description[column])),
  );
  return [...groups.values()].map((rows) => {
    const sets = setsOf(rows);
    return { columns: rows[0]!.description, cells: cellsOf(rows, sets), sets };
  });
}

/** The rows of one experiment: of equal threads, batch and number of instances. */
function experimentsOf(rows: readonly TableRow[]): TableRow[][] {
  const byKey = Map.groupBy(rows, ({ instances, threads, batch }) => `${instances} ${threads} ${batch}`);
  return [...byKey.values()];
}

/** Packrat gives number 0 to the instance that ran alone beside a set; a set of one is alone too. */
function partsOf(experiment: readonly TableRow[]): {
  readonly alone: readonly TableRow[];
  readonly together: readonly TableRow[];
} {
  const together = experiment.filter(({ instanceId }) => instanceId > 0);
  return together.length > 1
    ? { alone: experiment.filter(({ instanceId }) => instanceId === 0), together }
    : { alone: experiment, together: [] };
}

function setsOf(rows: readonly TableRow[]): InstanceSet[] {
  const experiments = experimentsOf(rows).map(partsOf);
  const alone = experiments.flatMap((parts) => parts.alone);
  return experiments
    .filter(({ together }) => together.length > 0)
    .map((parts) => {
      const own = parts.alone.length > 0 ? parts.alone : alone;
      return setOf(parts.together, own);
    })
    .sort((a, b) => a.batch - b.batch || a.threads - b.threads || a.instances - b.instances);
}

function setOf(together: readonly TableRow[], alone: readonly TableRow[]): InstanceSet {
  const byId = together.toSorted((a, b) => a.instanceId - b.instanceId);
  const { threads, batch } = byId[0]!;
  const perInstanceMs = byId.map(({ latencyMs }) => latencyMs);
  const latencyMs = Math.max(...perInstanceMs);
  const lone = alone.filter((row) => row.threads === threads && row.batch === batch);
  const predictedMs = lone.length === 0 ? null : average(lone);
  return {
    instances: byId.length,
    threads,
    batch,
    latencyMs,
    perInstanceMs,
    predictedMs,
    error: predictedMs === null ? null : latencyMs / predictedMs - 1,
    line: Math.min(...byId.map(({ line }) => line)),
  };
}

/** Lone runs where there are any; otherwise the slowest of the largest set. */
function cellsOf(rows: readonly TableRow[], sets: readonly InstanceSet[]): SeriesCell[] {
  const alone = experimentsOf(rows).flatMap((experiment) => partsOf(experiment).alone);
  const cells = new Map<string, SeriesCell>();
  for (const lone of Map.groupBy(alone, keyOf).values()) cells.set(keyOf(lone[0]!), cellOf(lone, 1));
  for (const set of sets.toSorted((a, b) => b.instances - a.instances)) {
    if (cells.has(keyOf(set))) continue;
    const members = rows.filter((row) => keyOf(row) === keyOf(set));
    cells.set(keyOf(set), { ...cellOf(members, set.instances), latencyMs: set.latencyMs });
  }
  return [...cells.values()].sort((a, b) => a.batch - b.batch || a.threads - b.threads);
}

const keyOf = ({ threads, batch }: { readonly threads: number; readonly batch: number }): string =>
  `${threads} ${batch}`;

/** One cell of runs of the same cell: Packrat repeats the lone run beside each set. */
function cellOf(rows: readonly TableRow[], instances: number): SeriesCell {
  const { threads, batch } = rows[0]!;
  const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
  const minima = known(rows.map(({ minMs }) => minMs));
  const maxima = known(rows.map(({ maxMs }) => maxMs));
  return {
    threads,
    batch,
    latencyMs: average(rows),
    minMs: minima.length === 0 ? null : Math.min(...minima),
    maxMs: maxima.length === 0 ? null : Math.max(...maxima),
    instances,
    line: Math.min(...rows.map(({ line }) => line)),
  };
}

const average = (rows: readonly TableRow[]): number =>
  rows.reduce((sum, { latencyMs }) => sum + latencyMs, 0) / rows.length;
