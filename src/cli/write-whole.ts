import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/**
 * Writes a file that appears whole or not at all, with its folder. Throws `storage` where that can't be.
 *
 * @param remedy What to do then.
 */
export function writeWhole(
  file: string,
  text: string,
  remedy = 'name another place for it: --out FILE',
): void {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(file));
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  } catch (cause) {
    tryRemove(unfinished);
    const { message } = ThinferError.from(cause);
    throw new ThinferError('storage', `the page can't be written: ${message}`, {
      remedy,
      cause,
    });
  }
}

/** On a disk that can't be written there is nothing to remove, and nothing can be. */
function tryRemove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}
