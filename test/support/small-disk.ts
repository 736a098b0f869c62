import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** A file system of its own on a folder. */
export interface SmallDisk {
  /** Mounts it anew with other options, such as `ro` or `size=8m`. */
  readonly remount: (options: string) => void;
  readonly remove: () => void;
}

/** Mounts a file system in memory on a new folder, or says why it can't be done here. */
export function makeSmallDisk(folder: string, sizeKb: number): SmallDisk | string {
  mkdirSync(folder);
  const mounted = run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k`, 'thinfer-test', folder]);
  if (mounted !== null) return `a file system can't be mounted here (only root may): ${mounted}`;
  return {
    remount: (options) => expectNone(run('mount', ['-o', `remount,${options}`, folder])),
    remove: () => {
      const busy = run('umount', [folder]);
      // Out of the way of what tidies up after the test, which would hide why it failed.
      if (busy !== null) run('umount', ['--lazy', folder]);
      expectNone(busy);
    },
  };
}

/** Null when it went well, its words otherwise. */
function run(program: string, words: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

function expectNone(problem: string | null): void {
  if (problem !== null) throw new Error(problem);
}
