import { readFileSync, statSync } from 'node:fs';
import { ThinferError } from '../../errors.ts';
import { parseTrace, type Trace } from './parse-trace.ts';

/** Of a trace's file: a million lines are some 20 MB. */
const mostBytes = 64 * 2 ** 20;

/** Reads a trace's file. Throws `not-found` where it can't be read, `store-invalid` for what it holds. */
export function readTrace(file: string): Trace {
  return parseTrace(readText(file), file);
}

function readText(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  const why = stat === undefined ? 'no such file' : stat.isDirectory() ? 'is a folder' : null;
  if (why !== null)
    throw new ThinferError('not-found', `--trace ${file}: ${why}`, { remedy: 'name a CSV file' });
  if (stat!.size > mostBytes)
    throw new ThinferError(
      'store-invalid',
      `${file}: has ${Math.ceil(stat!.size / 2 ** 20)} MiB, and a trace at most ${mostBytes / 2 ** 20}`,
      { remedy: 'cut the file, for example with head' },
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError)
      throw new ThinferError('store-invalid', `${file}: is no text in UTF-8`, {
        remedy: 'unpack or convert it to CSV in UTF-8 first',
      });
    throw new ThinferError('not-found', `--trace ${file}: ${(error as Error).message}`, { cause: error });
  }
}
