import { type CgroupLimits, readCgroupLimits } from './cgroup.ts';
import { Tree } from './tree.ts';

/** Memory of the machine and of the container, in bytes. */
export interface MemoryFigures {
  readonly memoryBytes: number;
  /** Null where no limit is below the machine's memory. */
  readonly memoryLimitBytes: number | null;
  /** What can be taken now without swapping and within the container's limit. */
  readonly memoryAvailableBytes: number;
}

/** One figure of a `meminfo` or `status` text (`Name:  123 kB`) in bytes; null where it is not there. */
export function memoryInfoBytes(text: string | null, name: string): number | null {
  const match = new RegExp(`\\b${name}:\\s+(\\d+) kB`).exec(text ?? '');
  return match === null ? null : Number(match[1]) * 1024;
}

/** Memory that can be taken now without swapping and within the container's limit, in bytes: quicker than reading the whole machine. */
export function readAvailableBytes(root = '/'): number {
  const tree = new Tree(root);
  return readMemory(tree, readCgroupLimits(tree)).memoryAvailableBytes;
}

/** Reads `/proc/meminfo` and takes the container's limit into account. */
export function readMemory(tree: Tree, limits: CgroupLimits): MemoryFigures {
  const info = tree.text('/proc/meminfo');
  const memoryBytes = memoryInfoBytes(info, 'MemTotal') ?? 0;
  const free = memoryInfoBytes(info, 'MemAvailable') ?? memoryInfoBytes(info, 'MemFree') ?? 0;
  // v1 writes "no limit" as the largest page-aligned 63-bit number.
  const limited = limits.memoryLimitBytes !== null && limits.memoryLimitBytes < memoryBytes;
  return {
    memoryBytes,
    memoryLimitBytes: limited ? limits.memoryLimitBytes : null,
    memoryAvailableBytes: Math.max(0, Math.min(free, limits.memoryFreeBytes ?? free)),
  };
}
