import { Tree } from './tree.ts';

/**
 * Files that a process has mapped, such as its shared libraries; empty where it is gone.
 *
 * @param root Folder that stands for `/`.
 */
export function mappedFiles(pid: number | 'self', root = '/'): ReadonlySet<string> {
  const text = new Tree(root).text(`/proc/${pid}/maps`) ?? '';
  // Address, permissions, offset, device, inode, path: the path may hold spaces.
  return new Set([...text.matchAll(/^(?:\S+\s+){5}(\/.*)$/gm)].map((match) => match[1]!));
}

/** Memory of its own that a process has on each NUMA node, in bytes. */
export interface NodeMemory {
  readonly bytesByNode: ReadonlyMap<number, number>;
  /** Likewise, but only that under a policy of this mode, such as `interleave` or `bind`. */
  readonly bytesOfPolicy: (mode: string) => ReadonlyMap<number, number>;
}

/**
 * Where a process's anonymous memory lies; null where the kernel has no NUMA support, or the process is gone.
 *
 * @param root Folder that stands for `/`.
 * @see https://man7.org/linux/man-pages/man5/numa_maps.5.html
 */
export function readNodeMemory(pid: number | 'self', root = '/'): NodeMemory | null {
  const text = new Tree(root).text(`/proc/${pid}/numa_maps`) ?? '';
  if (text.trim() === '') return null;
  const areas = text.split('\n').filter((line) => /\banon=\d/.test(line));
  const sum = (lines: readonly string[]): ReadonlyMap<number, number> => {
    const bytes = new Map<number, number>();
    for (const line of lines) {
      const pageBytes = 1024 * Number(/kernelpagesize_kB=(\d+)/.exec(line)?.[1] ?? 4);
      for (const [, node, pages] of line.matchAll(/\bN(\d+)=(\d+)/g))
        bytes.set(Number(node), (bytes.get(Number(node)) ?? 0) + Number(pages) * pageBytes);
    }
    return bytes;
  };
  return {
    bytesByNode: sum(areas),
    bytesOfPolicy: (mode) => sum(areas.filter((line) => line.split(' ')[1]?.split(':')[0] === mode)),
  };
}
