/**
 * Tables that are clean and look wrong to a careless referee: percents, rows of averages, requests in flight, parallel
 * degrees, speed-ups over other rows; with the slips that must still be found in them.
 */
import * as columnsOf from './hard-columns.ts';
import { Author, type TextTable } from './result-tables.ts';

/** A slip in one column: a number times a factor, or two headings exchanged. */
export interface HardSlip {
  readonly rule: string;
  /** The heading of the column. */
  readonly column: RegExp;
  /** Exchanged with the heading of this one; absent: one number is multiplied. */
  readonly with?: RegExp;
  readonly factor?: readonly [number, number];
  /** Rows that it may stand in; by default all but the first. */
  readonly rows?: readonly [number, number];
}

/** A kind of table. */
export interface HardKind {
  readonly name: string;
  readonly make: (author: Author) => columnsOf.Columns;
  readonly slips: readonly HardSlip[];
}

const wrong = [1.15, 1.6] as const;

/** Every kind, with its slips. */
export const hardKinds: readonly HardKind[] = [
  { name: 'efficiencies in percent, of nodes and their GPUs', make: columnsOf.nodes, slips: [{ rule: 'quotient', column: /efficiency|Scaling/, factor: [0.5, 0.9] }, { rule: 'quotient', column: /GPU/, factor: [0.6, 0.8], rows: [1, 5] }, { rule: 'more-than-linear', column: /Scaling|efficiency/, factor: wrong }] },
  { name: 'a row of averages', make: columnsOf.averages, slips: [{ rule: 'quotient', column: /Speedup/, factor: wrong, rows: [0, 6] }, { rule: 'summary-of-rows', column: /latency|Before/, factor: wrong, rows: [6, 7] }] },
  { name: 'requests in flight', make: columnsOf.inFlight, slips: [{ rule: 'throughput-and-latency', column: /QPS/, factor: wrong }] },
  { name: 'tokens of a decoder', make: columnsOf.decoding, slips: [{ rule: 'throughput-and-latency', column: /tokens/, factor: wrong }] },
  { name: 'global batches of parallel degrees', make: columnsOf.parallel, slips: [{ rule: 'global-batch', column: /^Global/, factor: [2, 2] }] },
  { name: 'speed-ups over other rows', make: columnsOf.overRows, slips: [{ rule: 'quotient', column: /speedup/i, factor: wrong }] },
  { name: 'gains in percent', make: columnsOf.gains, slips: [{ rule: 'quotient', column: /%/, factor: wrong }, { rule: 'swapped-headings', column: /Before/, with: /After/ }] },
  { name: 'two columns of throughputs', make: columnsOf.outOfMemory, slips: [{ rule: 'far-off-neighbours', column: /throughput/, factor: [8, 12], rows: [2, 5] }] },
  { name: 'results with who handed them in', make: columnsOf.submitted, slips: [{ rule: 'far-off-neighbours', column: /Performance/, factor: [8, 12] }] },
  { name: 'seeds by name', make: columnsOf.namedSeeds, slips: [{ rule: 'mean-of-seeds', column: /Mean/, factor: [1.02, 1.1] }, { rule: 'mean-of-seeds', column: /min/, factor: [0.9, 0.95] }, { rule: 'deviation-of-seeds', column: /±/, factor: [5, 8] }] },
  { name: 'thousands, and times with errors', make: columnsOf.thousands, slips: [{ rule: 'throughput-and-latency', column: /Throughput/, factor: wrong }] },
  { name: 'a precision beside its speed-up', make: columnsOf.precisions, slips: [{ rule: 'swapped-headings', column: /FP32/, with: /INT8/ }] },
  { name: 'runs that overlap', make: columnsOf.overlapped, slips: [] },
  { name: 'a batch per GPU that grows', make: columnsOf.growing, slips: [] },
  { name: 'times to train', make: columnsOf.toTrain, slips: [{ rule: 'more-than-linear', column: /Time/, factor: [0.4, 0.6], rows: [1, 5] }] },
]; // biome-ignore format: a table

/** A clean table of a kind. */
export function hardTable({ name, make }: HardKind, seed: number): TextTable {
  const columns = make(new Author(seed));
  return {
    name: `${name}-${seed}.csv`,
    header: columns.map(([head]) => head),
    rows: columns[0]![1].map((_, row) => columns.map(([, cells]) => String(cells[row]))),
  };
}

/** Plants a slip. @returns The line it is in; null: it is in two headings. */
export function plantSlip(table: TextTable, slip: HardSlip, seed: number): number | null {
  const author = new Author(seed + 31);
  const at = (pattern: RegExp): number => table.header.findLastIndex((head) => pattern.test(head));
  const column = at(slip.column);
  if (slip.with !== undefined) {
    const other = at(slip.with);
    [table.header[column], table.header[other]] = [table.header[other]!, table.header[column]!];
    return null;
  }
  const [first, end] = slip.rows ?? [1, table.rows.length];
  const row = first + Math.floor(author.random() * (end - first));
  const factor = author.uniform(...slip.factor!);
  const changed = (text: string): string => (Number(text) * factor).toFixed(text.split('.')[1]?.length ?? 0);
  table.rows[row]![column] = table.rows[row]![column]!.replace(/\d+(?:\.\d+)?/, changed);
  return row + 2;
}
