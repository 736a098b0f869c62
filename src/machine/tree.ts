import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCpuList } from './cpu-list.ts';

/**
 * Reads files of sysfs, procfs and cgroups below a root folder. What is missing or refused is `null` or empty,
 * never an error: which of these files exist differs between kernels, containers and users.
 */
export class Tree {
  readonly root: string;

  /** @param root Folder that stands for `/`: the real one, or an unpacked recording. */
  constructor(root: string) {
    this.root = root;
  }

  /** The file's text without surrounding white space; null where it can't be read. */
  text(path: string): string | null {
    try {
      return readFileSync(this.#at(path), 'utf8').trim();
    } catch {
      return null;
    }
  }

  /** The file's text as a finite number; null where it can't be read or is something else. */
  number(path: string): number | null {
    const text = this.text(path);
    if (text === null || text === '') return null;
    const value = Number(text);
    return Number.isFinite(value) ? value : null;
  }

  /** The ids of a file in the kernel's list format; empty where it can't be read or is something else. */
  ids(path: string): readonly number[] {
    try {
      return parseCpuList(this.text(path) ?? '');
    } catch {
      return [];
    }
  }

  exists(path: string): boolean {
    return existsSync(this.#at(path));
  }

  /** Names in a folder; empty where it can't be read. */
  names(path: string): readonly string[] {
    try {
      return readdirSync(this.#at(path));
    } catch {
      return [];
    }
  }

  /** The numbers N of entries called `prefixN` in a folder, ascending. */
  numbered(path: string, prefix: string): readonly number[] {
    return this.names(path)
      .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length)))
      .sort((a, b) => a - b);
  }

  #at(path: string): string {
    return this.root === '/' ? path : join(this.root, path);
  }
}
