import { createHash } from 'node:crypto';
import { closeSync, createWriteStream, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { recordKinds, type StoredRecord } from '../store/index.ts';
import { type BundleHeader, makeHeader } from './bundle-header.ts';

/**
 * Writes a bundle that appears whole or not at all. Equal records give equal bytes. Memory stays at a few records.
 *
 * @param records Gives the same records whenever it is called.
 * @param signal Ends it, and leaves nothing.
 * Throws `storage` where the file can't be written, and the signal's reason.
 */
export async function writeBundle(
  file: string,
  records: () => Iterable<StoredRecord>,
  signal: AbortSignal = new AbortController().signal,
): Promise<BundleHeader> {
  const header = await describe(records(), signal);
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(file));
    // The operating system and the time are not in Node's gzip header, so equal lines give equal bytes.
    await pipeline(Readable.from(linesOf(header, records())), createGzip(), createWriteStream(unfinished), {
      signal,
    });
    flush(unfinished);
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    signal.throwIfAborted();
    // Whatever the file system refuses, it refuses to hold the bundle; anything else is an error of the records.
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
    const { message } = cause;
    throw new ThinferError('storage', `the bundle can't be written: ${message}`, {
      remedy: 'name another place for it: --out FILE',
      cause,
    });
  }
  return header;
}

/** Signals are heard between so many records. */
const recordsAtOnce = 200;

async function describe(records: Iterable<StoredRecord>, signal: AbortSignal): Promise<BundleHeader> {
  const lines = Object.fromEntries(recordKinds.map((kind) => [kind, 0])) as Record<
    StoredRecord['kind'],
    number
  >;
  const hash = createHash('sha256');
  let bytes = 0;
  let count = 0;
  for (const record of records) {
    if (++count % recordsAtOnce === 0) await setImmediate();
    signal.throwIfAborted();
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    hash.update(line);
    bytes += line.byteLength;
    lines[record.kind]++;
  }
  return makeHeader({ lines, bytes, sha256: hash.digest('hex') });
}

function* linesOf(header: BundleHeader, records: Iterable<StoredRecord>): Generator<string> {
  yield `${JSON.stringify(header)}\n`;
  for (const record of records) yield `${JSON.stringify(record)}\n`;
}

/** A bundle that was reported as written survives a power cut. */
function flush(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
