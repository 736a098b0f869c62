import { existsSync } from 'node:fs';
import { ThinferError } from '../errors.ts';
import { roleOf } from './columns.ts';
import { parseTable } from './parse-table.ts';
import { readRecords } from './read-records.ts';
import { readText } from './read-table.ts';
import { type ParseResultsOptions, parseResults, type ResultTable } from './results/index.ts';
import type { Table } from './types.ts';

/** Either kind of table; `isResults` tells them apart. */
export type AnyTable = Table | ResultTable;

/** Whether a table is one of results. */
export function isResults(table: AnyTable): table is ResultTable {
  return 'kind' in table;
}

/** Names that only tables of latencies have: a file with one of them is meant to be one. */
const telling = ['intraop_threads', 'latency(avg)', 'latency(median)', 'instance_id', 'interop_threads'];

/**
 * Reads a CSV file as a table of latencies where its columns are those of one, else as a table of results. Throws
 * `not-found` where there is no such file, `store-invalid` with what is wrong for both where it is neither.
 */
export function readAnyTable(file: string, options: ParseResultsOptions = {}): AnyTable {
  const text = readText(file);
  const columns = readRecords(text, file)[0]?.fields ?? [];
  if (columns.length === 0 || columns.some((column) => telling.includes(column)))
    return parseTable(text, file);
  try {
    return parseResults(text, file, options);
  } catch (error) {
    const { message, code, remedy } = ThinferError.from(error);
    const latencies = columns.filter((column) => roleOf(column) !== undefined);
    const other =
      latencies.length === 0 ? 'none of its columns is of one' : 'intraop_threads and batch_size are missing';
    throw new ThinferError(code, `${message}\n${file}: nor is it a table of latencies: ${other}`, {
      ...(remedy === undefined ? {} : { remedy: `${remedy}; docs/tables.md describes both kinds` }),
      cause: error,
    });
  }
}

/**
 * A file as it is checked: a table of latencies is read like one of results, so that what breaks its order or repeats a
 * cell is found instead of refused. thinfer's own export is read as itself. Null where there is no such file.
 */
export function readForChecking(file: string): AnyTable | null {
  if (!existsSync(file)) return null;
  const text = readText(file);
  const columns = readRecords(text, file)[0]?.fields ?? [];
  return columns.includes('state') && columns.includes('intraop_threads')
    ? parseTable(text, file)
    : parseResults(text, file, { unknown: 'keep' });
}
