import { memoryInfoBytes } from '../../machine/memory-info.ts';
import { Tree } from '../../machine/tree.ts';

/** Memory of this process and of the machine, in bytes. */
export interface OwnMemory {
  /** Resident, without the arenas that it shares with the instances. */
  readonly ownBytes: number;
  /** Resident parts of the arenas. */
  readonly arenaBytes: number;
  readonly heapBytes: number;
  readonly machineBytes: number;
  readonly machineUsedBytes: number;
}

/** Reads it. What the kernel does not tell is 0. @param root Folder that stands for `/`. */
export function ownMemory(root = '/'): OwnMemory {
  const tree = new Tree(root);
  const status = tree.text('/proc/self/status');
  const info = tree.text('/proc/meminfo');
  const of = (name: string): number => memoryInfoBytes(status, name) ?? 0;
  const machineBytes = memoryInfoBytes(info, 'MemTotal') ?? 0;
  return {
    ownBytes: of('RssAnon') + of('RssFile'),
    arenaBytes: of('RssShmem'),
    heapBytes: process.memoryUsage().heapUsed,
    machineBytes,
    machineUsedBytes: machineBytes - (memoryInfoBytes(info, 'MemAvailable') ?? machineBytes),
  };
}
