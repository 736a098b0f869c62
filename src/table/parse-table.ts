import { ThinferError } from '../errors.ts';
import { checkCells } from './check-cells.ts';
import { checkHeader } from './check-header.ts';
import { roleOf } from './columns.ts';
import { repairLatencyOrder } from './latency-order.ts';
import { Problems } from './problems.ts';
import { readRecords } from './read-records.ts';
import { type RawRow, readRow } from './read-row.ts';
import type { Table } from './types.ts';

/**
 * Reads a CSV table from text. All problems are reported at once, by line and column, as `store-invalid`.
 *
 * @param name What messages call the table.
 */
export function parseTable(text: string, name: string): Table {
  const [header, ...records] = readRecords(text, name);
  if (header === undefined)
    throw new ThinferError('store-invalid', `${name}: is empty`, { remedy: 'give a CSV file with a header' });
  const columns = header.fields;
  checkHeader(columns, header.line, name);
  const problems = new Problems(name);
  const even = records.filter((record) => hasWidth(record, columns.length, problems));
  const distinct = withoutCopies(even);
  const measured = distinct.filter((record) => isMeasured(record, columns));
  const read = measured.map((record) => readRow(record, columns, problems)).filter((row) => row !== null);
  checkCells(read, problems);
  const { rows, repaired } = repairLatencyOrder(read, problems);
  problems.throwIfAny('mend or remove these lines, or measure the table anew');
  if (rows.length === 0)
    throw new ThinferError('store-invalid', `${name}: has no measured rows`, {
      remedy: 'give a table with at least one row below its header',
    });
  const dropped = even.length - distinct.length;
  const skipped = distinct.length - measured.length;
  return {
    name,
    columns: columns.filter((column) => roleOf(column) === 'describing'),
    measures: columns.filter((column) => roleOf(column) === 'measure'),
    rows,
    repaired,
    dropped,
    skipped,
    notices: noticesOf(name, { repaired, dropped, skipped }),
  };
}

function hasWidth({ fields, line }: RawRow, width: number, problems: Problems): boolean {
  if (fields.length === width) return true;
  problems.add(line, null, `has ${fields.length} values where the header has ${width} columns`);
  return false;
}

/** The first of each row; its word-for-word copies carry nothing new. */
function withoutCopies(rows: readonly RawRow[]): RawRow[] {
  return [...Map.groupBy(rows, ({ fields }) => JSON.stringify(fields)).values()].map(([first]) => first!);
}

/** Whether a point of thinfer's export holds a measurement; other tables hold nothing else. */
function isMeasured({ fields }: RawRow, columns: readonly string[]): boolean {
  const state = columns.indexOf('state');
  return state < 0 || fields[state] === 'measured';
}

function noticesOf(
  name: string,
  { repaired, dropped, skipped }: Pick<Table, 'repaired' | 'dropped' | 'skipped'>,
): string[] {
  const rows = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);
  return [
    ...(repaired > 0
      ? [`${name}: latency(avg) and latency(max) stood in each other's column; swapped in ${rows(repaired)}`]
      : []),
    ...(dropped > 0 ? [`${name}: ${rows(dropped)} left out that repeat another word for word`] : []),
    ...(skipped > 0 ? [`${name}: ${rows(skipped)} left out that hold no measurement`] : []),
  ];
}
