/**
 * A recorded trace in; when its requests are due, and how large each is, out. Knows nothing of models: what a length is the size of,
 * whoever prepares the requests says.
 */
import { ThinferError } from '../../errors.ts';
import { nearestName } from '../../table/nearest-name.ts';
import { Problems } from '../../table/problems.ts';
import { readRecords } from '../../table/read-records.ts';

/** Requests that came once, in their order. */
export interface Trace {
  /** What messages call it: its file. */
  readonly name: string;
  /** When each came, in ms from the first; ascending. */
  readonly timesMs: Float64Array;
  /** Items of each; null: the file has no such column. */
  readonly items: Uint32Array | null;
  /** Size of one free dimension of each, such as tokens; null: the file has no such column. */
  readonly lengths: Uint32Array | null;
  /** Columns that mean nothing here, as the header has them. */
  readonly ignored: readonly string[];
}

/** Requests of a trace; its file has a line for each. */
export const mostTraceRequests = 1_000_000;
/** No request has more items, and no dimension is larger. */
const largestSize = 1_000_000;

const timeColumns: Readonly<Record<string, number>> = { time_s: 1000, time_ms: 1 };
const known = [...Object.keys(timeColumns), 'items', 'length'];
const remedy = 'a trace has the column time_s or time_ms, ascending, and may have items and length';

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Reads a trace from CSV text with a header: `time_s` or `time_ms`, from any origin and ascending; `items` and `length`, whole numbers
 * from 1, may be missing. Throws `store-invalid` with all problems at once, by line and column.
 *
 * @param name What messages call the trace.
 */
export function parseTrace(text: string, name: string): Trace {
  checkLines(text, name);
  const [header, ...records] = readRecords(text, name);
  if (header === undefined) throw new ThinferError('store-invalid', `${name}: is empty`, { remedy });
  const columns = header.fields;
  const problems = new Problems(name);
  checkHeader(columns, header.line, problems);
  const rows = records.filter((row) => hasWidth(row, columns.length, problems));
  if (records.length === 0) problems.add(header.line, null, 'no request stands below the header');
  const sizes = (column: string): Uint32Array | null =>
    columns.includes(column) ? sizesOf(rows, columns.indexOf(column), column, problems) : null;
  const trace = {
    name,
    timesMs: timesOf(rows, columns, problems),
    items: sizes('items'),
    lengths: sizes('length'),
    ignored: columns.filter((column) => !known.includes(column)),
  };
  problems.throwIfAny(remedy);
  return trace;
}

/** Before they are read: records take a hundred times the memory of their text. */
function checkLines(text: string, name: string): void {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  if (lines > mostTraceRequests + 1)
    throw new ThinferError(
      'store-invalid',
      `${name}: has ${lines} lines, more than the ${mostTraceRequests} requests that a trace may have`,
      { remedy: 'cut the file, for example with head' },
    );
}

function checkHeader(columns: readonly string[], line: number, problems: Problems): void {
  const times = columns.filter((column) => column in timeColumns);
  const twice = columns.filter((column, at) => known.includes(column) && columns.indexOf(column) < at);
  for (const column of new Set(twice)) problems.add(line, column, 'the column is there twice');
  if (new Set(times).size > 1) problems.add(line, null, 'time_s and time_ms are both there; keep one');
  if (times.length > 0) return;
  const near = columns.find((column) => /^time|^t$|stamp/i.test(column)) ?? nearestName('time_s', columns);
  const hint = near === undefined ? '' : `; "${near}" is none: its unit belongs into its name`;
  problems.add(line, null, `there is no column time_s or time_ms${hint}`);
}

function hasWidth({ fields, line }: Row, width: number, problems: Problems): boolean {
  if (fields.length === width) return true;
  problems.add(line, null, `has ${fields.length} values where the header has ${width} columns`);
  return false;
}

function timesOf(rows: readonly Row[], columns: readonly string[], problems: Problems): Float64Array {
  const at = columns.findIndex((column) => column in timeColumns);
  const column = columns[at];
  if (column === undefined) return new Float64Array(0);
  const times = new Float64Array(rows.length);
  let first: number | null = null;
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, { fields, line }] of rows.entries()) {
    const text = fields[at]!;
    const time = numberOf(text);
    const problem = Number.isNaN(time)
      ? `${shown(text)} is not a number`
      : time < before
        ? `${text} goes back: ${before} came before it`
        : null;
    if (problem !== null) {
      problems.add(line, column, problem);
      continue;
    }
    first ??= time;
    before = time;
    times[index] = (time - first) * timeColumns[column]!;
  }
  return times;
}

function sizesOf(rows: readonly Row[], at: number, column: string, problems: Problems): Uint32Array {
  return Uint32Array.from(rows, ({ fields, line }) => {
    const text = fields[at]!;
    const size = /^\d+(\.0*)?$/.test(text) ? Number(text) : Number.NaN;
    if (size >= 1 && size <= largestSize) return size;
    problems.add(line, column, `${shown(text)} is not a whole number from 1 to ${largestSize}`);
    return 0;
  });
}

const numberOf = (text: string): number =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : Number.NaN;

const shown = (text: string): string => (text === '' ? 'an empty value' : `"${text.slice(0, 40)}"`);
