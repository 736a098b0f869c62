import { CsvError, parse } from 'csv-parse/sync';
import { ThinferError } from '../errors.ts';
import { columnNames, mayBeEmpty, roleOf } from './columns.ts';
import { repairLatencyOrder } from './latency-order.ts';
import { nearestName } from './nearest-name.ts';
import { Problems } from './problems.ts';
import type { Table, TableRow } from './types.ts';

/** One record of the file, as text. */
interface RawRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The most CPUs that Linux can be built for on x86-64. */
const mostThreads = 8192;

/**
 * Reads a CSV table from text. All problems are reported at once, by line and column, as `store-invalid`.
 *
 * @param name What messages call the table.
 */
export function parseTable(text: string, name: string): Table {
  const [header, ...records] = readRecords(text, name);
  if (header === undefined)
    throw new ThinferError('store-invalid', `${name}: is empty`, { remedy: 'name a CSV file with a header' });
  checkHeader(header, name);
  const problems = new Problems(name);
  const columns = header.fields;
  const even = records.filter((record) => hasWidth(record, columns.length, problems));
  const distinct = withoutCopies(even);
  const measured = distinct.filter((record) => isMeasured(record, columns));
  const read = measured.map((record) => readRow(record, columns, problems)).filter((row) => row !== null);
  findDuplicates(read, problems);
  const { rows, repaired } = repairLatencyOrder(read, problems);
  problems.throwIfAny('mend or remove these lines; docs/tables.md says what a table holds');
  if (rows.length === 0)
    throw new ThinferError('store-invalid', `${name}: has no measured rows`, {
      remedy: 'name a table with at least one row below its header',
    });
  const dropped = even.length - distinct.length;
  const skipped = distinct.length - measured.length;
  return {
    name,
    columns: columns.filter((column) => roleOf(column) === 'describing'),
    rows,
    repaired,
    dropped,
    skipped,
    notices: noticesOf(name, { repaired, dropped, skipped }),
  };
}

function readRecords(text: string, name: string): RawRow[] {
  try {
    const records = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { readonly record: string[]; readonly info: { readonly lines: number } }[];
    return records.map(({ record, info }) => ({ line: info.lines, fields: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ThinferError('store-invalid', `${name}: ${error.message}`, {
      remedy: 'close every quote, and double the quotes inside a quoted value',
      cause: error,
    });
  }
}

function checkHeader({ fields, line }: RawRow, name: string): void {
  const problems = new Problems(name);
  fields.forEach((field, index) => {
    if (roleOf(field) === undefined) problems.add(line, null, unknownColumn(field, fields));
    else if (fields.indexOf(field) < index) problems.add(line, field, 'stands in the header twice');
  });
  problems.throwIfAny(`columns that are known: ${columnNames.slice(0, 16).join(', ')}; see docs/tables.md`);
  for (const needed of ['intraop_threads', 'batch_size'])
    if (!fields.includes(needed)) problems.add(line, needed, 'this column is missing');
  if (!fields.includes('latency(avg)') && !fields.includes('throughput'))
    problems.add(line, null, 'neither latency(avg) nor throughput is among the columns');
  problems.throwIfAny('name a table with threads, batch, and a latency or throughput in each row');
}

function unknownColumn(field: string, fields: readonly string[]): string {
  const separator = /[;\t|]/.exec(field)?.[0];
  if (fields.length === 1 && separator !== undefined)
    return `columns are separated by ${JSON.stringify(separator)}, not by commas`;
  const nearest = nearestName(field, columnNames);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `no column of this name is known: ${JSON.stringify(field.slice(0, 80))}${hint}`;
}

function hasWidth({ fields, line }: RawRow, width: number, problems: Problems): boolean {
  if (fields.length === width) return true;
  problems.add(line, null, `has ${fields.length} values where the header has ${width} columns`);
  return false;
}

/** The first of each row; its word-for-word copies carry nothing new. */
function withoutCopies(rows: readonly RawRow[]): RawRow[] {
  const seen = new Map(rows.toReversed().map((row) => [JSON.stringify(row.fields), row]));
  return [...new Set(rows.map((row) => seen.get(JSON.stringify(row.fields))!))];
}

function isMeasured({ fields }: RawRow, columns: readonly string[]): boolean {
  const state = columns.indexOf('state');
  return state < 0 || fields[state] === 'measured';
}

/** A row as numbers, or null where something is wrong with it. */
function readRow({ fields, line }: RawRow, columns: readonly string[], problems: Problems): TableRow | null {
  const before = problems.count;
  const has = (column: string): boolean => columns.includes(column);
  const text = (column: string): string => fields[columns.indexOf(column)]!;
  const read = (column: string, parseValue: (text: string) => number | string): number => {
    const value = parseValue(text(column));
    if (typeof value === 'string') problems.add(line, column, value);
    return Number(value);
  };
  const threads = read('intraop_threads', (value) => parseCount(value, 1, mostThreads));
  const batch = read('batch_size', (value) => parseCount(value, 1));
  const instanceId = has('instance_id') ? read('instance_id', (value) => parseCount(value, 0)) : 1;
  const instances = has('instances') ? read('instances', (value) => parseCount(value, 1)) : null;
  const measure = (column: string): number | null => (has(column) ? read(column, parsePositive) : null);
  const average = measure('latency(avg)');
  const latencyMs = measure('latency(median)') ?? average ?? (batch / measure('throughput')!) * 1000;
  const [minMs, maxMs] = [measure('latency(min)'), measure('latency(max)')];
  const described = columns.filter((column) => roleOf(column) === 'describing');
  for (const column of described)
    if (text(column) === '' && !mayBeEmpty(column)) problems.add(line, column, 'the value is missing');
  if (problems.count > before) return null;
  const description = Object.fromEntries(described.map((column) => [column, text(column)]));
  // A lone instance uses as many cores as it has threads: that tells no series apart.
  if (description['mode'] === 'alone') description['cores'] = '';
  return { line, description, instances, instanceId, threads, batch, latencyMs, minMs, maxMs };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number above 0, or what is wrong with it. */
function parsePositive(text: string): number | string {
  if (text === '') return 'the value is missing';
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) && value > 0 ? value : `${JSON.stringify(text)} is not a number above 0`;
}

/** A whole number (also as `16.0`, which spreadsheets write), or what is wrong with it. */
function parseCount(text: string, from: number, to = Number.MAX_SAFE_INTEGER): number | string {
  if (text === '') return 'the value is missing';
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  return `${JSON.stringify(text)} is not a whole number ${range}`;
}

function findDuplicates(rows: readonly TableRow[], problems: Problems): void {
  const first = new Map<string, TableRow>();
  for (const row of rows) {
    const { description, instances, instanceId, threads, batch } = row;
    const key = JSON.stringify([Object.values(description), instances, instanceId, threads, batch]);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, row);
    else
      problems.add(
        row.line,
        null,
        `measures the same cell as line ${earlier.line}, ${threads} threads at batch ${batch}, with other results`,
      );
  }
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
