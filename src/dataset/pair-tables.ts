import { basename, dirname } from 'node:path/posix';
import type { Table, TableRow } from '../table/index.ts';

/** A table with the name it goes by and the file it came from. */
export interface NamedTable {
  /** As it was imported, or the path that was given. */
  readonly name: string;
  readonly file: string;
  readonly table: Table;
}

/** The tables of one experiment. */
export interface TablePair {
  /** Latencies; a throughput file that has no latency file stands here itself. */
  readonly latency: NamedTable;
  /** The throughputs that were published beside them; null: none. */
  readonly throughput: NamedTable | null;
}

/** Whether a table holds throughputs and no latency. Tables that an older version stored do not say which measures they have. */
export function isThroughputTable({ measures, rows }: Table): boolean {
  if (measures !== undefined) return measures.includes('throughput') && !measures.includes('latency(avg)');
  return rows.every(
    ({ minMs, maxMs, interval }) => minMs === null && maxMs === null && interval === undefined,
  );
}

/**
 * Brings each throughput file to the latency file of its experiment: the one of the same name in the same folder or, where there is none,
 * the only one that has exactly its cells.
 */
export function pairTables(tables: readonly NamedTable[]): TablePair[] {
  const throughputs = tables.filter(({ table }) => isThroughputTable(table));
  const latencies = tables.filter((one) => !throughputs.includes(one));
  const partners = new Map<NamedTable, NamedTable>();
  const lone: NamedTable[] = [];
  for (const one of throughputs) {
    const partner = partnerOf(
      one,
      latencies.filter((other) => !partners.has(other)),
    );
    if (partner === undefined) lone.push(one);
    else partners.set(partner, one);
  }
  return [
    ...latencies.map((latency) => ({ latency, throughput: partners.get(latency) ?? null })),
    ...lone.map((latency) => ({ latency, throughput: null })),
  ];
}

function partnerOf(throughput: NamedTable, latencies: readonly NamedTable[]): NamedTable | undefined {
  const beside = latencies.find(({ file }) => placeOf(file) === placeOf(throughput.file));
  if (beside !== undefined) return beside;
  const keys = keysOf(throughput.table);
  const same = latencies.filter(({ table }) => isSameSet(keysOf(table), keys));
  return same.length === 1 ? same[0] : undefined;
}

const placeOf = (file: string): string =>
  `${dirname(file)}/${basename(file).replace(/latency|throughput/gi, '*')}`;

const keysOf = (table: Table): Set<string> => new Set(table.rows.map(rowKey));

/** All that defines a row's cell. */
export function rowKey({ description, instances, instanceId, threads, batch }: TableRow): string {
  return JSON.stringify([Object.entries(description).sort(), instances, instanceId, threads, batch]);
}

const isSameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((key) => b.has(key));
