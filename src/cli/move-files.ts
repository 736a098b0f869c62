import { lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** What is to be done to a folder, by names that lead from it. */
export interface FileMoves {
  readonly folder: string;
  /** Where the files to come lie; on the same file system. */
  readonly from: string;
  /** Where files that are replaced or go are put. */
  readonly kept: string;
  /** Files to come, in this order. */
  readonly come: readonly string[];
  /** Files to go; those that are no files stay. */
  readonly go: readonly string[];
}

/** Brings files into a folder and takes others out. Where one can't be moved it puts everything back and throws why. */
export function moveFiles({ folder, from, kept, come, go }: FileMoves): void {
  const undo: (() => void)[] = [];
  const keep = (name: string): void => {
    if (!isFile(join(folder, name))) return;
    makeFolder(dirname(join(kept, name)));
    renameSync(join(folder, name), join(kept, name));
    undo.push(() => renameSync(join(kept, name), join(folder, name)));
  };
  try {
    for (const name of come) {
      makeFolder(dirname(join(folder, name)));
      keep(name);
      renameSync(join(from, name), join(folder, name));
      undo.push(() => rmSync(join(folder, name)));
    }
    for (const name of go) keep(name);
  } catch (cause) {
    for (const step of undo.reverse()) tryStep(step);
    throw cause;
  }
}

/** One that can't be undone is no reason to leave the others. */
function tryStep(step: () => void): void {
  try {
    step();
  } catch {}
}

/** A file, or a link to anything. */
export function isFile(path: string): boolean {
  try {
    return !lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
