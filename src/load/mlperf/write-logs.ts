import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ThinferError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { detailLog } from './detail-log.ts';
import type { LoggedRun } from './logged-run.ts';
import { summaryLog } from './summary-log.ts';
import { traceLog } from './trace-log.ts';

const fileOf = (folder: string, name: string): string => join(folder, `mlperf_log_${name}`);

/** Makes the folder and an empty summary in it, so that what can't be written is known before a run. Throws `storage`. */
export async function openLogs(folder: string): Promise<void> {
  try {
    makeFolder(folder);
    await writeFile(fileOf(folder, 'summary.txt'), '');
  } catch (cause) {
    throw new ThinferError(
      'storage',
      `--mlperf-log: ${folder} can't be written: ${(cause as Error).message}`,
      {
        remedy: 'name another folder',
        cause,
      },
    );
  }
}

/** Writes LoadGen's four files. That of accuracy is empty, as LoadGen's is after a performance run. */
export async function writeLogs(folder: string, run: LoggedRun): Promise<void> {
  await writeFile(fileOf(folder, 'summary.txt'), summaryLog(run));
  await writeFile(fileOf(folder, 'detail.txt'), detailLog(run, process.pid));
  await writeFile(fileOf(folder, 'accuracy.json'), '[\n]\n');
  await pipeline(Readable.from(traceLog(run, process.pid)), createWriteStream(fileOf(folder, 'trace.json')));
}
