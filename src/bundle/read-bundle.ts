import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ThinferError } from '../errors.ts';
import { recordKinds, type StoredRecord } from '../store/index.ts';
import { type BundleHeader, bundleFormat, parseHeader } from './bundle-header.ts';
import { isNestedDeeper } from './is-nested-deeper.ts';
import { RecordChecks } from './record-checks.ts';
import { recordSchema } from './record-schema.ts';
import { LineTooLong, splitLines } from './split-lines.ts';

/** Far beyond what one visit, one result or one table takes, and still in memory. */
const mostLineBytes = 64 * 2 ** 20;
/** Uncompressed; some ten times a hundred thousand points. */
const mostBytes = 32 * 2 ** 30;
/** Lists and objects in each other; what thinfer writes needs some ten, and whoever reads it back goes down by calls. */
const mostNesting = 64;
/** So many problems are named; the rest is likely to follow from them. */
const mostProblems = 20;

/** Whether a file is a bundle, compressed or not, by its first bytes; false too where it can't be read. */
export function isBundle(file: string): boolean {
  const start = Buffer.alloc(64);
  try {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, start);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
  return isGzip(start) || start.toString('latin1').startsWith(`{"format":"${bundleFormat}"`);
}

const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

/**
 * Reads a bundle, one record after the other, and checks everything that can be known: the first line, each line's form,
 * what it refers to, the hashes of machines, points and tables, the number of lines, and at the end their bytes and hash.
 *
 * @param onRecord Takes each record as soon as it was checked by itself; all of them are right only when this returns.
 * Throws `not-found` or `storage` where it can't be read, `store-invalid` with the first 20 problems otherwise.
 */
export async function readBundle(
  file: string,
  onRecord: (record: StoredRecord) => void = () => {},
): Promise<BundleHeader> {
  const reader = new BundleReader(file, onRecord);
  const lines = new PassThrough();
  try {
    const source = createReadStream(file);
    const reading = (await startsAsGzip(file))
      ? pipeline(source, createGunzip(), lines)
      : pipeline(source, lines);
    await Promise.all([reading, reader.readAll(lines)]);
    return reader.end();
  } catch (error) {
    lines.destroy();
    throw bundleError(file, error);
  }
}

async function startsAsGzip(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: 1 })) return isGzip(chunk as Uint8Array);
  return false;
}

class BundleReader {
  private readonly file: string;
  private readonly onRecord: (record: StoredRecord) => void;
  private readonly checks = new RecordChecks();
  private readonly hash = createHash('sha256');
  private readonly problems: string[] = [];
  private readonly lines = new Map<string, number>();
  private header: BundleHeader | null = null;
  private bytes = 0;
  private line = 0;

  constructor(file: string, onRecord: (record: StoredRecord) => void) {
    this.file = file;
    this.onRecord = onRecord;
  }

  async readAll(stream: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const line of splitLines(stream, mostLineBytes)) {
      this.line++;
      if (this.header === null) this.header = this.begin(line);
      else this.take(line, this.header);
    }
  }

  /** The header, where all was right. */
  end(): BundleHeader {
    const { header, file } = this;
    if (header === null) throw parseHeader('', file);
    this.problems.push(...this.checks.finish());
    const differs = recordKinds.filter((kind) => (this.lines.get(kind) ?? 0) !== header.lines[kind]);
    for (const kind of differs)
      this.problems.push(
        `${this.lines.get(kind) ?? 0} lines of ${kind}, and ${header.lines[kind]} were written`,
      );
    if (this.bytes !== header.bytes)
      this.problems.push(`${this.bytes} bytes, and ${header.bytes} were written`);
    else if (this.hash.digest('hex') !== header.sha256)
      this.problems.push('its lines are not those that were written: another SHA-256');
    this.throwProblems();
    return header;
  }

  private begin(line: Buffer): BundleHeader {
    if (line.byteLength > 2 ** 20) return parseHeader('', this.file);
    const header = parseHeader(line.toString('utf8'), this.file);
    if (header.bytes > mostBytes)
      throw new ThinferError(
        'store-invalid',
        `${this.file}: says it holds ${header.bytes} bytes, more than the ${mostBytes} of any bundle`,
      );
    return header;
  }

  private take(line: Buffer, header: BundleHeader): void {
    this.bytes += line.byteLength + 1;
    // Stops what would unpack without end.
    if (this.bytes > header.bytes) {
      this.problems.push(`goes on behind the ${header.bytes} bytes that were written`);
      this.throwProblems();
    }
    this.hash.update(line).update('\n');
    const record = this.parse(line);
    if (record === null) return;
    this.lines.set(record.kind, (this.lines.get(record.kind) ?? 0) + 1);
    const problems = this.checks.problemsOf(record);
    for (const problem of problems) this.report(problem);
    if (this.problems.length === 0) this.onRecord(record);
  }

  private parse(line: Buffer): StoredRecord | null {
    if (isNestedDeeper(line, mostNesting)) {
      this.report(`has lists and objects more than ${mostNesting} deep in each other`);
      return null;
    }
    let value: unknown;
    try {
      value = JSON.parse(line.toString('utf8'));
    } catch {
      this.report('is no JSON');
      return null;
    }
    const parsed = recordSchema.safeParse(value);
    // As it was read, not as zod copied it: the order of its names is part of the hashes.
    if (parsed.success) return value as StoredRecord;
    for (const { path, message } of parsed.error.issues.slice(0, 3))
      this.report(`${path.join('.')}: ${message}`);
    return null;
  }

  private report(problem: string): void {
    this.problems.push(`line ${this.line}: ${problem}`);
    if (this.problems.length >= mostProblems) this.throwProblems();
  }

  private throwProblems(): void {
    if (this.problems.length === 0) return;
    throw new ThinferError(
      'store-invalid',
      this.problems.map((problem) => `${this.file}: ${problem}`).join('\n'),
      {
        remedy: 'it was damaged or changed: get it again, or export it anew',
      },
    );
  }
}

/** Node's names of what may be wrong with compressed bytes: https://nodejs.org/api/zlib.html#constants. */
const damage = new Map([
  ['Z_BUF_ERROR', 'ends before its end: a part of it is missing'],
  ['Z_DATA_ERROR', 'is damaged: its compressed bytes make no sense'],
]);

function bundleError(file: string, thrown: unknown): unknown {
  if (thrown instanceof ThinferError) return thrown;
  const remedy = 'it was damaged or changed: get it again, or export it anew';
  if (thrown instanceof LineTooLong)
    return new ThinferError(
      'store-invalid',
      `${file}: has a line of more than ${mostLineBytes / 2 ** 20} MiB`,
      {
        remedy,
      },
    );
  const { code, message } = thrown as NodeJS.ErrnoException;
  const why = damage.get(code ?? '');
  if (why !== undefined)
    return new ThinferError('store-invalid', `${file}: ${why}`, { remedy, cause: thrown });
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new ThinferError('not-found', `${file}: ${message}`, {
      remedy: 'name a bundle that can be read',
      cause: thrown,
    });
  return thrown;
}
