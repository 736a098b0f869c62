import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ThinferError } from '../errors.ts';
import { formatCpuList } from './cpu-list.ts';

/**
 * The words that start `command` pinned to `cpus`, so that every thread it ever has inherits the mask from birth, and
 * that let the kernel kill it when the thread that spawned it ends (spawn it from the main thread, therefore).
 *
 * @param cpus Null leaves the mask as it is.
 * @param idle It runs only where nothing else does, until `raisePriority`. Default false.
 * @param path Folders to look for the programs in; default: the environment's PATH.
 * @throws ThinferError `machine` where `setpriv` or `taskset` is not installed.
 */
export function pinnedCommand(
  {
    cpus,
    command,
    idle = false,
  }: {
    readonly cpus: readonly number[] | null;
    readonly command: readonly string[];
    readonly idle?: boolean;
  },
  path: string = process.env['PATH'] ?? '',
): string[] {
  const mortal = [findProgram('setpriv', path), '--pdeathsig', 'KILL', '--'];
  if (idle) mortal.push(findProgram('chrt', path), '--idle', '0');
  if (cpus === null) return [...mortal, ...command];
  return [...mortal, findProgram('taskset', path), '-c', formatCpuList(cpus), ...command];
}

/** The full path, since the child may be given another PATH than ours. */
function findProgram(name: string, path: string): string {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  throw new ThinferError('machine', `"${name}" is not on the PATH; instances are pinned with it.`, {
    remedy: 'Install the package util-linux (apt-get install util-linux on Debian and Ubuntu).',
  });
}
