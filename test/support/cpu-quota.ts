import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './process-test.ts';

/** A control group with a CPU quota, for processes that put themselves into it. */
export interface QuotaGroup {
  /** File that takes the process ids. */
  readonly processes: string;
  /** Removes the group; its processes must have ended. */
  readonly remove: () => Promise<void>;
}

const periodUs = 100_000;

/** Makes a group with a quota of so many cores, or says why it can't be made here. */
export function makeQuotaGroup(cores: number): QuotaGroup | string {
  const quotaUs = Math.round(cores * periodUs);
  const name = `thinfer-test-${process.pid}`;
  const v1 = '/sys/fs/cgroup/cpu';
  if (existsSync(join(v1, 'cpu.cfs_quota_us')))
    return makeGroup(join(ownFolder(v1, /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m), name), [
      ['cpu.cfs_period_us', String(periodUs)],
      ['cpu.cfs_quota_us', String(quotaUs)],
    ]);
  const v2 = '/sys/fs/cgroup';
  if (existsSync(join(v2, 'cgroup.controllers')))
    return makeGroup(join(v2, name), [['cpu.max', `${quotaUs} ${periodUs}`]]);
  return 'no CPU control group is mounted here';
}

/** The test's own group where it can be seen, as the quota of a parent holds for its children too. */
function ownFolder(mount: string, line: RegExp): string {
  const path = line.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const own = join(mount, path);
  return existsSync(join(own, 'cgroup.procs')) ? own : mount;
}

function makeGroup(folder: string, files: readonly (readonly [string, string])[]): QuotaGroup | string {
  try {
    mkdirSync(folder);
  } catch (error) {
    return `a control group can't be made here: ${error instanceof Error ? error.message : String(error)}`;
  }
  try {
    for (const [name, value] of files) {
      if (!existsSync(join(folder, name))) throw new Error(`${name} is not there`);
      writeFileSync(join(folder, name), value);
    }
  } catch (error) {
    rmdirSync(folder);
    return `a CPU quota can't be set here: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { processes: join(folder, 'cgroup.procs'), remove: () => removeGroup(folder) };
}

/** The kernel lets go of ended processes a moment later. */
async function removeGroup(folder: string): Promise<void> {
  for (let left = 200; ; left--)
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(25);
    }
}
