import { readFileSync, statSync } from 'node:fs';
import { ThinferError } from '../errors.ts';
import { parseTable } from './parse-table.ts';
import type { Table } from './types.ts';

/** The published tables have some 100 kB; this is far beyond any and still fits in memory. */
const largestBytes = 64 * 2 ** 20;

/** Reads a CSV file and checks it. Throws `not-found` where there is no such file, `store-invalid` for what it holds. */
export function readTable(file: string): Table {
  return parseTable(readText(file), file);
}

/** The text of a CSV file. Throws `not-found` or `store-invalid`. */
export function readText(file: string): string {
  return decode(file, readBytes(file));
}

function readBytes(file: string): Uint8Array {
  try {
    const stat = statSync(file);
    if (stat.isDirectory())
      throw new ThinferError('not-found', `${file}: is a folder, not a table`, {
        remedy: 'name the CSV file in it',
      });
    if (stat.size > largestBytes)
      throw new ThinferError(
        'store-invalid',
        `${file}: has ${Math.round(stat.size / 2 ** 20)} MiB, more than the ${largestBytes / 2 ** 20} MiB of a table`,
        { remedy: 'name a CSV file with one row per cell' },
      );
    return readFileSync(file);
  } catch (error) {
    if (error instanceof ThinferError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'may not be read by this user' : message;
    throw new ThinferError('not-found', `${file}: ${why}`, {
      remedy: 'name a CSV file that can be read',
      cause: error,
    });
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new ThinferError('store-invalid', `${file}: is no text in UTF-8`, {
    remedy: 'unpack or convert it to CSV in UTF-8 first',
  });
}
