import { columnNames, publishedColumns, roleOf } from './columns.ts';
import { nearestName } from './nearest-name.ts';
import { Problems } from './problems.ts';

/** Throws `store-invalid` unless every column is known, none stands twice, and those that make a cell are there. */
export function checkHeader(columns: readonly string[], line: number, name: string): void {
  const problems = new Problems(name);
  columns.forEach((column, index) => {
    if (roleOf(column) === undefined) problems.add(line, null, unknownColumn(column, columns));
    else if (columns.indexOf(column) < index) problems.add(line, column, 'stands in the header twice');
  });
  problems.throwIfAny(`columns of published tables: ${publishedColumns.join(', ')}`);
  for (const needed of ['intraop_threads', 'batch_size'])
    if (!columns.includes(needed)) problems.add(line, needed, 'this column is missing');
  if (!columns.includes('latency(avg)') && !columns.includes('throughput'))
    problems.add(line, null, 'neither latency(avg) nor throughput is among the columns');
  problems.throwIfAny('give a table with threads, batch, and a latency or throughput in each row');
}

function unknownColumn(column: string, columns: readonly string[]): string {
  const separator = /[;\t|]/.exec(column)?.[0];
  if (columns.length === 1 && separator !== undefined)
    return `columns are separated by ${JSON.stringify(separator)}, not by commas`;
  const nearest = nearestName(column, columnNames);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `no column of this name is known: ${JSON.stringify(column.slice(0, 80))}${hint}`;
}
