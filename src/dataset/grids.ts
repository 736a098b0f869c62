import { keyOf } from './place-of-table.ts';
import { cellsWith, chooseVariant, distinctNumbers, measuredCells } from './select.ts';
import type { Dataset, Grid, GridRecord, MeasuredCell, Provenance } from './types.ts';

/** One row of a published table of results, its numbers in ms and items/s. */
export interface ResultRow {
  readonly line: number;
  /** By quantity: `model`, `sequence`, `batch`, `precision`, `system`. */
  readonly dimensions: Readonly<Record<string, string | number>>;
  readonly measures: readonly {
    readonly quantity: string;
    /** `average`, `min`, `max`, `p50` …; null: the heading names none, which counts as the average. */
    readonly statistic: string | null;
    readonly value: number;
    /** Heading of its column. */
    readonly column: string;
  }[];
}

/** A published table of results. */
export interface ResultRows {
  readonly name: string;
  readonly file: string;
  readonly columns: readonly string[];
  /** Unit of throughput as its heading has it; null: none. */
  readonly rateUnit: string | null;
  readonly notices: readonly string[];
  readonly rows: readonly ResultRow[];
}

/** The inference grid that a table of results is; null where it has no latencies over batches. */
export function gridOfResults(table: ResultRows): Grid | null {
  const system = systemOf(table);
  const records = table.rows.flatMap(({ line, dimensions, measures }): GridRecord[] => {
    const latencies = measures.filter(({ quantity }) => quantity === 'latency');
    const batch = Number(dimensions['batch']);
    if (latencies.length === 0 || !Number.isFinite(batch)) return [];
    const sequence = Number(dimensions['sequence']);
    return [
      {
        system,
        model: String(dimensions['model'] ?? 'model'),
        sequenceLength: Number.isFinite(sequence) ? sequence : null,
        batch,
        precision: String(dimensions['precision'] ?? 'not told'),
        itemsPerSecond:
          measures.find(
            ({ quantity, statistic }) =>
              quantity === 'throughput' && (statistic === null || statistic === 'average'),
          )?.value ?? null,
        latencyMs: Object.fromEntries(
          latencies.map(({ statistic, value }) => [statisticKey(statistic), value]),
        ),
        trusted: true,
        origin: { kind: 'line', file: table.file, line },
      },
    ];
  });
  if (records.length === 0) return null;
  return {
    key: keyOf('grid', system),
    system,
    threads: null,
    population: publishedPopulation(records),
    unit: table.rateUnit ?? 'items/s',
    records,
    provenance: {
      kind: 'published',
      files: [table.file],
      columns: table.columns,
      notices: table.notices,
    },
  };
}

/** `p99` is `99`; the longest run is the 100th percentile. */
function statisticKey(statistic: string | null): string {
  if (statistic === null) return 'average';
  return statistic === 'max' ? '100' : statistic.replace(/^p(?=\d)/, '');
}

/** Named in the table or, as page by page tables are, in the name of its file. */
function systemOf({ name, rows }: ResultRows): string {
  const named = rows[0]?.dimensions['system'];
  if (typeof named === 'string') return named;
  return name
    .replace(/^.*\//, '')
    .replace(/\.csv$/i, '')
    .replace(/^\d+[-_]/, '')
    .replace(/^inference[-_]/i, '');
}

/** What the figures themselves tell of the runs that they are over. */
function publishedPopulation(records: readonly GridRecord[]): string {
  const both = records.filter(
    ({ latencyMs }) => latencyMs['average'] !== undefined && latencyMs['99'] !== undefined,
  );
  const beyond = both.filter(({ latencyMs }) => latencyMs['average']! > latencyMs['99']!);
  const told = 'As published: the table does not say which runs its figures are over.';
  if (beyond.length === 0) return told;
  return `${told} In ${beyond.length} of ${both.length} cells the average is above the 99th percentile: it holds runs, such as the first ones, that percentiles up to 99 % do not show.`;
}

/**
 * An inference grid for each machine, from own points: one instance with the most threads that were measured of each model, size and
 * precision, physical cores only, the other settings as usual.
 */
export function gridsOfDatasets(datasets: readonly Dataset[]): Grid[] {
  const own = datasets.filter(({ provenance }) => provenance.kind === 'measured');
  return [...Map.groupBy(own, ({ machine }) => machine.key).values()].flatMap((group) => {
    const { name } = group[0]!.machine;
    const found = group.map(gridCells).filter(({ cells }) => cells.length > 0);
    const threads = distinctNumbers(found.flatMap(({ cells }) => cells.map((cell) => cell.threads)));
    const records = found.flatMap(({ dataset, cells }) => cells.map((cell) => recordOf(dataset, cell)));
    if (records.length < 2) return [];
    const runs = found.flatMap(({ cells }) => cells.flatMap(({ latency }) => latency.runs ?? []));
    return [
      {
        key: keyOf('grid', name),
        system: name,
        threads: threads.length === 1 ? threads[0]! : null,
        population: `All figures of a cell are over the same runs: the counted runs of one instance of ${threads.join(' or ')} threads, ${Math.min(...runs)} to ${Math.max(...runs)} a cell; throughput is batch over the median.`,
        unit: 'items/s',
        records,
        provenance: spanOf(group),
      },
    ];
  });
}

interface GridCells {
  readonly dataset: Dataset;
  readonly cells: readonly MeasuredCell[];
}

function gridCells(dataset: Dataset): GridCells {
  const { usual, varying } = chooseVariant(dataset);
  const precisions = varying.get('precision') ?? [usual.precision];
  const cells = precisions.flatMap((precision) => {
    const own = measuredCells(cellsWith(dataset.cells, usual, { precision })).filter(
      ({ latency }) => Object.keys(latency.percentiles).length > 0,
    );
    const most = Math.max(...own.map(({ threads }) => threads));
    return own.filter(({ threads }) => threads === most);
  });
  return { dataset, cells };
}

function recordOf({ model, dims, machine }: Dataset, cell: MeasuredCell): GridRecord {
  const [size] = Object.values(dims);
  const { averageMs, percentiles } = cell.latency;
  return {
    system: machine.name,
    model,
    sequenceLength: size ?? null,
    batch: cell.batch,
    precision: cell.variant.precision,
    itemsPerSecond: cell.itemsPerSecond,
    latencyMs: { ...(averageMs === null ? {} : { average: averageMs }), ...percentiles },
    trusted: cell.trusted,
    origin: cell.origin,
  };
}

/** From the first to the last measurement of several datasets. */
function spanOf(datasets: readonly Dataset[]): Provenance {
  const measured = datasets.map(({ provenance }) => provenance).filter((one) => one.kind === 'measured');
  const from = measured.map((one) => one.from).sort()[0]!;
  const until = measured
    .map((one) => one.until)
    .sort()
    .at(-1)!;
  const versions = new Map(measured.flatMap((one) => one.versions));
  return { kind: 'measured', from, until, versions: [...versions], proofs: [] };
}
