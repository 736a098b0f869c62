import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { withStoreErrors } from './open-database.ts';

/**
 * Takes the project folder for a measuring command; two at once would disturb each other. The lock is an exclusive
 * transaction on a small database, so the kernel gives it back whatever ends the process.
 *
 * @returns a function that gives it back.
 * @throws ThinferError `busy`, naming the process that holds it.
 */
export function lockMeasuring(projectDir: string): () => void {
  const file = join(projectDir, 'measuring-lock.db');
  const holderFile = join(projectDir, 'measuring-lock.pid');
  const database = withStoreErrors(file, () => {
    makeFolder(projectDir);
    return new DatabaseSync(file, { timeout: 0 });
  });
  try {
    withStoreErrors(file, () => {
      database.exec('BEGIN EXCLUSIVE');
      writeFileSync(holderFile, String(process.pid));
    });
  } catch (thrown) {
    database.close();
    const error = ThinferError.from(thrown);
    throw error.code === 'busy' ? busyError(projectDir, holderFile) : error;
  }
  return () => {
    rmSync(holderFile, { force: true });
    database.close();
  };
}

function busyError(projectDir: string, holderFile: string): ThinferError {
  const pid = readHolder(holderFile);
  const who = pid === '' ? 'another command' : `the command with process id ${pid}`;
  return new ThinferError('busy', `${projectDir}: ${who} is measuring in this project folder`, {
    remedy: 'wait for it to end; two measurements at once would disturb each other',
  });
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim();
  } catch {
    return '';
  }
}
