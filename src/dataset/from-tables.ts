import { type Series, type SeriesCell, seriesOf } from '../table/index.ts';
import { machineKey, machineNames } from './machine-names.ts';
import { isThroughputTable, type NamedTable, pairTables, type TablePair } from './pair-tables.ts';
import { keyOf, placeOfTable } from './place-of-table.ts';
import { benchmarkOf, type Columns, variantOf } from './table-variant.ts';
import type { CellLatency, Dataset, MeasuredCell, Provenance } from './types.ts';

/** A dataset for each model, size and machine of every experiment; a latency file and its throughput file make one. */
export function datasetsOfTables(tables: readonly NamedTable[]): Dataset[] {
  const pairs = pairTables(tables);
  const subjects = pairs.flatMap(({ latency }) =>
    seriesOf(latency.table).map(({ columns }) => subjectOf(columns)),
  );
  const told = subjects.filter(({ cpuModel }) => cpuModel !== '');
  const names = machineNames(told.map((subject) => ({ ...subject, cores: null })));
  return pairs.flatMap((pair) => datasetsOfPair(pair, names));
}

/** What a series of a table is of, beside the variant of its cells. */
interface Subject {
  readonly model: string;
  readonly dims: string;
  readonly cpuModel: string;
  readonly topology: string;
}

function datasetsOfPair(pair: TablePair, names: ReadonlyMap<string, string>): Dataset[] {
  const published = publishedThroughputs(pair);
  const bySubject = Map.groupBy(seriesOf(pair.latency.table), ({ columns }) =>
    JSON.stringify(subjectOf(columns)),
  );
  return [...bySubject.values()].map((series) => {
    const { model, dims, cpuModel, topology } = subjectOf(series[0]!.columns);
    const { machine, experiment } = placeOfTable(pair.latency.file, pair.latency.name, model);
    return {
      key: keyOf(model, dims.replaceAll('=', '-'), cpuModel || machine, experiment),
      model,
      machine: {
        key: machineKey({ cpuModel: cpuModel || machine, topology }),
        name: names.get(machineKey({ cpuModel, topology })) || machine,
        cores: null,
        threadsPerCore: null,
        peakGflops: null,
        facts: [],
      },
      experiment,
      dims: dimsOf(dims),
      flopsPerItem: null,
      cells: series.flatMap((one) => cellsOf(one, pair, published)),
      skipped: [],
      utilisation: [],
      provenance: provenanceOf(pair),
    };
  });
}

function subjectOf(columns: Columns): Subject {
  return {
    model: benchmarkOf(columns).model,
    dims: columns['dims'] ?? '',
    cpuModel: columns['cpu_model'] ?? '',
    topology: columns['topology_hash'] ?? '',
  };
}

function dimsOf(text: string): Record<string, number> {
  const pairs = text.split(' ').map((part) => part.split('='));
  return Object.fromEntries(pairs.flatMap(([name, size]) => (name && size ? [[name, Number(size)]] : [])));
}

/** Items per second by cell, from a throughput column of its own. */
type Published = ReadonlyMap<string, number>;

function publishedThroughputs({ latency, throughput }: TablePair): Published {
  const from = throughput ?? (isThroughputTable(latency.table) ? latency : null);
  if (from === null) return new Map();
  return new Map(
    seriesOf(from.table).flatMap((series) =>
      series.cells
        .filter(({ instances }) => instances === 1)
        // The reader keeps latencies; of a table of throughputs it made them by the inverse of this.
        .map((cell) => [cellKey(series, cell), (cell.batch * 1000) / cell.latencyMs]),
    ),
  );
}

const cellKey = ({ columns }: Series, { threads, batch }: SeriesCell): string =>
  JSON.stringify([Object.entries(columns).sort(), threads, batch]);

function cellsOf(
  series: Series,
  { latency: { table, file } }: TablePair,
  published: Published,
): MeasuredCell[] {
  const variant = variantOf(series.columns);
  const statistic = table.measures?.includes('latency(median)') ? 'median' : 'average';
  const lone = series.cells.map((cell): MeasuredCell => {
    const own = cell.instances === 1 ? published.get(cellKey(series, cell)) : undefined;
    return {
      state: 'measured',
      variant,
      ...{ threads: cell.threads, batch: cell.batch, instances: cell.instances },
      origin: { kind: 'line', file, line: cell.line },
      latency: latencyOf(cell, statistic),
      itemsPerSecond: own ?? (cell.batch * 1000) / cell.latencyMs,
      throughputFrom: own === undefined ? 'derived' : 'published',
      trusted: true,
      disturbances: [],
    };
  });
  const sets = series.sets.map(
    (set): MeasuredCell => ({
      state: 'measured',
      variant,
      ...{ threads: set.threads, batch: set.batch, instances: set.instances },
      origin: { kind: 'line', file, line: set.line },
      latency: {
        ...latencyOf({ ...set, minMs: null, maxMs: null, instances: set.instances }, statistic),
        slowestMs: set.latencyMs,
      },
      itemsPerSecond: (set.batch * 1000) / set.latencyMs,
      throughputFrom: 'derived',
      trusted: true,
      disturbances: [],
    }),
  );
  const isLoneSet = ({ instances, threads, batch }: MeasuredCell): boolean =>
    instances > 1 &&
    sets.some((set) => set.instances === instances && set.threads === threads && set.batch === batch);
  return [...lone.filter((cell) => !isLoneSet(cell)), ...sets];
}

function latencyOf(
  { latencyMs, minMs, maxMs, interval }: Omit<SeriesCell, 'threads' | 'batch' | 'line'>,
  statistic: CellLatency['statistic'],
): CellLatency {
  return {
    statistic,
    ms: latencyMs,
    interval: interval ?? null,
    averageMs: statistic === 'average' ? latencyMs : null,
    minMs,
    maxMs,
    percentiles: {},
    slowestMs: null,
    runs: null,
  };
}

function provenanceOf({ latency, throughput }: TablePair): Provenance {
  const both: readonly NamedTable[] = throughput === null ? [latency] : [latency, throughput];
  return {
    kind: 'published',
    files: both.map(({ file }) => file),
    columns: [...new Set(both.flatMap(({ table }) => [...table.columns, ...(table.measures ?? [])]))],
    notices: both.flatMap(({ table }) => table.notices),
  };
}
