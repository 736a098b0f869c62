import { ThinferError } from '../../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { Problems } from '../problems.ts';
import { readRecords } from '../read-records.ts';
import type { RawRow } from '../read-row.ts';
import { understandColumns } from './columns.ts';
import { parseHeading } from './parse-heading.ts';
import { takePrecision } from './precision.ts';
import { isMissing, readCell } from './read-number.ts';
import { type RawSummary, splitSummaries } from './summary-rows.ts';
import type {
  ResultCell, ResultColumn, ResultRow, ResultSummary, ResultTable, TableFacts,
} from './types.ts'; // biome-ignore format: one line less
import { knownHeadings } from './vocabulary.ts';
import { wordy } from './words.ts';

/** How a table of results is read. */
export interface ParseResultsOptions {
  /** What becomes of numbers under a heading that nobody understands: `refuse` (default), or keep them unread with a notice. */
  readonly unknown?: 'refuse' | 'keep';
}

/**
 * Reads a published table of results from CSV text: the headings say what each column is. All problems are reported at
 * once, by line and column, as `store-invalid`.
 *
 * @param name What messages call the table.
 */
export function parseResults(
  text: string,
  name: string,
  { unknown = 'refuse' }: ParseResultsOptions = {},
): ResultTable {
  const [header, ...records] = readRecords(text, name);
  if (header === undefined)
    throw new ThinferError('store-invalid', `${name}: is empty`, { remedy: 'give a CSV file with a header' });
  const body = records.filter((record) => !isSeparator(record, header));
  const { rows: runs, summaries } = splitSummaries(body);
  const columns = understandColumns(header.fields, runs, unknown === 'keep');
  const problems = new Problems(name);
  checkColumns(columns, header.line, unknown, problems);
  problems.throwIfAny(remedy);
  const rows = runs.flatMap((record) => readRow(record, columns, problems) ?? []);
  const below = summaries.flatMap(({ row, of, about }): ResultSummary[] => {
    const read = readRow(row, columns, problems);
    return read === null ? [] : [{ ...read, of, about: about.map((one) => runs.indexOf(one)) }];
  });
  problems.throwIfAny('mend these cells, or write n/a where there is no number');
  if (rows.length === 0)
    throw new ThinferError('store-invalid', `${name}: has no rows of numbers`, {
      remedy: 'give a table with at least one row below its header',
    });
  return {
    kind: 'results',
    name,
    columns,
    rows,
    facts: factsOf(columns),
    summaries: below,
    separators: records.length - body.length,
    notices: [...noticesOf(columns, rows), ...summaries.map(noticeOf)].map((text) => `${name}: ${text}`),
  };
}

const noticeOf = ({ row, word }: RawSummary): string =>
  `line ${row.line}, ${JSON.stringify(word)}, is taken for a summary of the rows above it`;

/** What of the columns is not read as it may be meant. */
function noticesOf(columns: readonly ResultColumn[], rows: readonly ResultRow[]): string[] {
  return columns.flatMap((column, index) => {
    const heading = JSON.stringify(column.name);
    if (column.role === 'unknown') return [`${heading} is not understood, and not checked`];
    if (parseHeading(column.name).role === 'unknown' && column.quantity === 'setting') {
      const isNumeric = rows.every(({ cells }) => /^[\d\s]*$/.test(cells[index]!.text));
      return isNumeric ? [`${heading} is not understood, and taken for a dimension`] : [];
    }
    return isUnread(column, rows, index) ? [`${heading} is not read as numbers, and not checked`] : [];
  });
}

/** A column below a measure's heading whose cells hold digits that nobody could read. */
function isUnread(column: ResultColumn, rows: readonly ResultRow[], index: number): boolean {
  const isMeant = parseHeading(column.name).role === 'measure' && column.role === 'dimension';
  return isMeant && rows.filter(({ cells }) => /\d/.test(cells[index]!.text)).length * 2 > rows.length;
}

const remedy =
  'a heading names a quantity (latency, throughput, speed-up, accuracy, batch size …), and where it needs them a statistic, a unit and a precision';

/** Empty rows part blocks; some tables repeat their header at each of them. */
function isSeparator({ fields }: RawRow, header: RawRow): boolean {
  return fields.every(isMissing) || fields.every((field, index) => field === header.fields[index]);
}

function checkColumns(
  columns: readonly ResultColumn[],
  line: number,
  unknown: 'refuse' | 'keep',
  problems: Problems,
): void {
  if (unknown === 'refuse')
    for (const { role, name } of columns)
      if (role === 'unknown') {
        const nearest = nearestName(name, knownHeadings);
        const hint = nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
        problems.add(
          line,
          null,
          `it holds numbers, and its heading is not understood: ${JSON.stringify(name.slice(0, 80))}${hint}`,
        );
      }
  const separator = columns.length === 1 ? /[;\t|]/.exec(columns[0]!.name)?.[0] : undefined;
  if (separator !== undefined)
    problems.add(line, null, `columns are separated by ${JSON.stringify(separator)}, not by commas`);
  if (!columns.some(({ role }) => role === 'measure' || role === 'seed'))
    problems.add(
      line,
      null,
      'no column holds a measure such as latency, throughput, speed-up, accuracy or time',
    );
}

function readRow(
  { fields, line }: RawRow,
  columns: readonly ResultColumn[],
  problems: Problems,
): ResultRow | null {
  if (fields.length !== columns.length) {
    problems.add(line, null, `has ${fields.length} values where the header has ${columns.length} columns`);
    return null;
  }
  const cells = columns.map((column, index): ResultCell => {
    const text = fields[index]!;
    if (column.role === 'unknown' || !hasNumbers(column)) return { text, numbers: [] };
    const cell = readCell(text, column.quantity, column.parts.length);
    if (typeof cell !== 'string') return cell;
    // A dimension may have words where others have numbers: `auto`, `8 (NVLink)`.
    if (column.role === 'measure' || column.role === 'seed') problems.add(line, column.name, cell);
    return { text, numbers: [] };
  });
  return { line, cells };
}

/** Whether a column's cells are read as numbers. */
const hasNumbers = ({ role, quantity }: ResultColumn): boolean =>
  role !== 'dimension' || !wordy.has(quantity);

/** A label column over seeds tells of all of them: `FP16, 256x GPUs`. */
function factsOf(columns: readonly ResultColumn[]): TableFacts {
  const heading = columns.find(({ quantity }) => quantity === 'metric')?.name.toLowerCase() ?? '';
  const devices = /(\d+) ?[x×]? ?(?:gpus?|devices?|accelerators?)/.exec(heading)?.[1];
  return {
    precision: takePrecision(heading).precision,
    devices: devices === undefined ? null : Number(devices),
  };
}
