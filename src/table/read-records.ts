import { CsvError, parse } from 'csv-parse/sync';
import { ThinferError } from '../errors.ts';
import type { RawRow } from './read-row.ts';

/** What is wrong with quotes, by the parser's code. */
const quoteProblems: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a value goes on behind its closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that has none around it',
};

/** The records of a CSV text (RFC 4180; any line ends, blank lines left out), header first. Throws `store-invalid`. */
export function readRecords(text: string, name: string): RawRow[] {
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
    const problem = quoteProblems[error.code] ?? error.message;
    const line = lineAfter(text, Number(error['bytes']));
    throw new ThinferError('store-invalid', `${name}: line ${line}: ${problem}`, {
      remedy: 'close every quote, and double the quotes inside a quoted value',
      cause: error,
    });
  }
}

/** The line that begins behind so many bytes: the parser tells where the last good record ends. */
function lineAfter(text: string, bytes: number): number {
  const before = Buffer.from(text).subarray(0, bytes).toString();
  return (before.match(/\r\n|\n|\r/g) ?? []).length + 1;
}
