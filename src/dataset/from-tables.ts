import { type Series, type SeriesCell, seriesOf } from '../table/index.ts';
import { isThroughputTable, type NamedTable, pairTables, type TablePair } from './pair-tables.ts';
import { keyOf, placeOfTable } from './place-of-table.ts';
import type { CellLatency, Dataset, MeasuredCell, Provenance, SettingName, Variant } from './types.ts';

/** A dataset for each model, size and machine of every experiment; a latency file and its throughput file make one. */
export function datasetsOfTables(tables: readonly NamedTable[]): Dataset[] {
  return pairTables(tables).flatMap(datasetsOfPair);
}

/** What a series of a table is of, beside the variant of its cells. */
interface Subject {
  readonly model: string;
  readonly dims: string;
  readonly cpuModel: string;
}

function datasetsOfPair(pair: TablePair): Dataset[] {
  const published = publishedThroughputs(pair);
  const bySubject = Map.groupBy(seriesOf(pair.latency.table), ({ columns }) =>
    JSON.stringify(subjectOf(columns)),
  );
  return [...bySubject.values()].map((series) => {
    const { model, dims, cpuModel } = subjectOf(series[0]!.columns);
    const { machine, experiment } = placeOfTable(pair.latency.file, pair.latency.name, model);
    return {
      key: keyOf(model, dims.replaceAll('=', '-'), cpuModel || machine, experiment),
      model,
      machine: {
        name: cpuModel || machine,
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

function subjectOf(columns: Readonly<Record<string, string>>): Subject {
  return {
    model: benchmarkOf(columns).model,
    dims: columns['dims'] ?? '',
    cpuModel: columns['cpu_model'] ?? '',
  };
}

/** Packrat's `bert_manual_script` is the model and how it was optimized; thinfer's own export has a column for the latter. */
function benchmarkOf(columns: Readonly<Record<string, string>>): { model: string; optimization: string } {
  const benchmark = columns['benchmark'] ?? 'model';
  if (columns['optimization'] !== undefined)
    return { model: benchmark, optimization: columns['optimization'] };
  const [, model, optimization] = /^(.+?)_(?:manual|hub)_(\w+)$/.exec(benchmark) ?? [];
  return { model: model ?? benchmark, optimization: optimization ?? '' };
}

function dimsOf(text: string): Record<string, number> {
  const pairs = text.split(' ').map((part) => part.split('='));
  return Object.fromEntries(pairs.flatMap(([name, size]) => (name && size ? [[name, Number(size)]] : [])));
}

const columnOf: Partial<Readonly<Record<SettingName, string>>> = {
  precision: 'precision',
  mapping: 'topology',
  memoryPolicy: 'memory_policy',
  allocator: 'allocator',
  interOpThreads: 'interop_threads',
  pinning: 'pinning',
  mode: 'mode',
};

const onOff = (value: string | undefined): string =>
  value === undefined ? '' : /^(true|on|1|yes)$/i.test(value) ? 'on' : 'off';

function variantOf(columns: Readonly<Record<string, string>>): Variant {
  const read = (name: SettingName): string => columns[columnOf[name] ?? ''] ?? '';
  return {
    engine: [columns['source'], columns['engine_version']].filter(Boolean).join(' '),
    precision: read('precision'),
    optimization: benchmarkOf(columns).optimization,
    mapping: read('mapping'),
    hardwareThreads: onOff(columns['ht']),
    memoryPolicy: read('memoryPolicy'),
    allocator: read('allocator'),
    hugePages: '',
    spinning: onOff(columns['spin_after_run']),
    interOpThreads: read('interOpThreads'),
    pinning: read('pinning'),
    mode: read('mode'),
  };
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
