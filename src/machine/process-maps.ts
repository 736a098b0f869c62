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

/**
 * Where a process's anonymous memory under a policy lies: bytes by NUMA node; null where the kernel has no NUMA support, or the process is gone.
 *
 * @param mode Of the policy, such as `interleave` or `bind`.
 * @param root Folder that stands for `/`.
 * @see https://man7.org/linux/man-pages/man5/numa_maps.5.html
 */
export function readNodeMemory(
  pid: number | 'self',
  mode: string,
  root = '/',
): ReadonlyMap<number, number> | null {
  const text = new Tree(root).text(`/proc/${pid}/numa_maps`) ?? '';
  if (text.trim() === '') return null;
  const bytes = new Map<number, number>();
  for (const line of text.split('\n')) {
    if (!/\banon=\d/.test(line) || line.split(' ')[1]?.split(':')[0] !== mode) continue;
    const pageBytes = 1024 * Number(/kernelpagesize_kB=(\d+)/.exec(line)?.[1] ?? 4);
    for (const [, node, pages] of line.matchAll(/\bN(\d+)=(\d+)/g))
      bytes.set(Number(node), (bytes.get(Number(node)) ?? 0) + Number(pages) * pageBytes);
  }
  return bytes;
}
