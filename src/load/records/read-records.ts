import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { ThinferError } from '../../errors.ts';
import { type Outcome, outcomes } from '../outcome.ts';
import { Recorder } from '../recorder.ts';
import { recordColumns } from './columns.ts';
import { type RunHeader, runHeaderSchema } from './run-header.ts';

/** The requests of one file, as it was written. */
export interface RunRecords {
  /** As it was named. */
  readonly file: string;
  readonly header: RunHeader;
  /** Times are from `header.countedFrom`; the payload of a row is a place in `payloads`. */
  readonly recorder: Recorder;
  /** Prepared requests that were sent, each once: its number in the file, and its items. */
  readonly payloads: readonly { readonly input: number; readonly items: number }[];
}

/** Problems of one file that are told. */
const mostProblems = 10;
/** What is wrong with quotes, by the parser's code. */
const quoteProblems: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a value goes on behind its closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that has none around it',
  CSV_MAX_RECORD_SIZE: 'a line is longer than 1 MiB',
};
/** Times are written with six digits, so a latency may stray from its ends by this, in ms. */
const roundingMs = 1e-5;

/** Reads the CSV of a run. Throws `not-found` where there is no such file, `store-invalid` with every problem and its line. */
export async function readRecords(file: string): Promise<RunRecords> {
  const reader = new Reader(file);
  const rows = parse({
    bom: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    // A line of a text file without quotes is not longer; a binary file would fill the memory.
    max_record_size: 1024 * 1024,
  });
  const stream = createReadStream(file);
  stream.on('error', (error) => rows.destroy(error));
  stream.pipe(rows);
  try {
    for await (const fields of rows as AsyncIterable<string[]>) if (!reader.take(fields)) break;
  } catch (error) {
    if (error instanceof CsvError)
      reader.problemAfter(`it is not CSV: ${quoteProblems[error.code] ?? error.code}`);
    else throw unreadable(file, error);
  } finally {
    stream.destroy();
  }
  return reader.finish();
}

function unreadable(file: string, cause: unknown): ThinferError {
  const { message } = ThinferError.from(cause);
  return new ThinferError('not-found', `${file} can't be read: ${message}`, {
    remedy: 'name files that thinfer load --out FILE.csv wrote',
    cause,
  });
}

class Reader {
  private readonly file: string;
  private readonly recorder = new Recorder(4096);
  private readonly payloads: { readonly input: number; readonly items: number }[] = [];
  private readonly places = new Map<string, number>();
  private readonly problems: string[] = [];
  private header: RunHeader | null = null;
  /** Whether the first row was seen, whatever its header was worth. */
  private isBegun = false;
  private line = 0;

  constructor(file: string) {
    this.file = file;
  }

  problem(text: string): void {
    this.problems.push(`${this.file}: line ${Math.max(1, this.line)}: ${text}`);
  }

  /** A problem of the line after the one that was taken last. */
  problemAfter(text: string): void {
    this.line++;
    this.problem(text);
  }

  /** Takes a line; false: enough is wrong. */
  take(fields: readonly string[]): boolean {
    this.line++;
    if (this.line === 1) return this.takeHead(fields);
    const isBlank = fields.length === 1 && fields[0] === '';
    if (isBlank) return true;
    if (fields.length !== recordColumns.length)
      this.problem(`${fields.length} values instead of ${recordColumns.length}`);
    else this.takeRow(fields);
    return this.problems.length < mostProblems;
  }

  finish(): RunRecords {
    if (this.problems.length === 0 && !this.isBegun)
      this.problem(this.line === 0 ? 'the file is empty' : 'there is no request below the names');
    if (this.problems.length > 0 || this.header === null)
      throw new ThinferError('store-invalid', this.problems.join('\n'), {
        remedy: 'give files as thinfer load --out FILE.csv wrote them, unchanged',
      });
    const { file, header, recorder, payloads } = this;
    for (const { outcome, kind, count, example } of header.errors)
      recorder.kinds.set(`${outcome} ${kind}`, { outcome, kind, count, example });
    recorder.retryAfter = header.refusedWithRetryAfter;
    return { file, header, recorder, payloads };
  }

  private takeHead(fields: readonly string[]): boolean {
    const names = fields.map((field) => field.trim());
    if (names.join() === recordColumns.join()) return true;
    if (names.join() === recordColumns.slice(0, -1).join())
      this.problem('it is from an older version, which did not write when the run was; measure anew');
    else this.problem(`the names are ${names.join(',').slice(0, 200)} instead of ${recordColumns.join(',')}`);
    return false;
  }

  private takeRow(fields: readonly string[]): void {
    const [due, sent, end, latency, outcomeName, input, items, run = ''] = fields;
    if (!this.isBegun) this.takeHeader(run);
    else if (run !== '') this.problem('a second run begins; give each run its own file');
    const dueMs = numberOf(due);
    const sentMs = numberOf(sent);
    const endMs = end === '' ? Number.NaN : numberOf(end);
    const outcome = (outcomes as readonly string[]).includes(outcomeName!) ? (outcomeName as Outcome) : null;
    const wrongs = [
      ...(dueMs === null || dueMs < 0 ? [`due_ms "${due}" is not a time from 0`] : []),
      ...(sentMs === null || sentMs < (dueMs ?? 0) - roundingMs
        ? [`sent_ms "${sent}" is not a time from due_ms on`]
        : []),
      ...(endMs === null || endMs < (sentMs ?? 0) - roundingMs
        ? [`end_ms "${end}" is not a time from sent_ms on`]
        : []),
      ...(outcome === null ? [`outcome "${outcomeName}" is none of ${outcomes.join(', ')}`] : []),
      ...(end === '' && outcome !== null && outcome !== 'abandoned'
        ? [`end_ms is missing, but the request is ${outcome}`]
        : []),
      ...(/^\d{1,9}$/.test(input!) ? [] : [`input "${input}" is not a whole number from 0`]),
      ...(/^[1-9]\d{0,8}$/.test(items!) ? [] : [`items "${items}" is not a whole number from 1`]),
    ];
    if (
      wrongs.length === 0 &&
      latency !== '' &&
      Math.abs(numberOf(latency)! - (endMs! - dueMs!)) > roundingMs
    )
      wrongs.push(`latency_ms ${latency} is not end_ms − due_ms`);
    for (const wrong of wrongs) this.problem(wrong);
    if (wrongs.length > 0) return;
    const index = this.recorder.begin(dueMs!, sentMs!, this.placeOf(Number(input), Number(items)));
    if (!Number.isNaN(endMs)) this.recorder.finish(index, endMs!, outcome!);
  }

  private takeHeader(text: string): void {
    this.isBegun = true;
    const parsed = runHeaderSchema.safeParse(parsedJson(text));
    if (parsed.success) this.header = parsed.data;
    else if (parsed.error.issues.some(({ path }) => path.length === 0))
      this.problem('the column run holds no JSON that says when and how the run was made');
    else
      for (const { path, message } of parsed.error.issues) this.problem(`run: ${path.join('.')}: ${message}`);
  }

  private placeOf(input: number, items: number): number {
    const key = `${input} ${items}`;
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.payloads.length);
    return this.payloads.push({ input, items }) - 1;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : null;
}
