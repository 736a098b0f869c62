import type { Tree } from './tree.ts';
import type { Cache } from './types.ts';

const typeByName: Readonly<Record<string, Cache['type']>> = {
  Data: 'data',
  Instruction: 'instruction',
  Unified: 'unified',
};
const unitBytes: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/**
 * Reads the caches of the online CPUs, by level and type; equal ones are counted. A cache is told once, by the first
 * CPU that shares it, which keeps this short on machines with hundreds of CPUs.
 */
export function readCaches(tree: Tree, online: readonly number[]): Cache[] {
  const caches = new Map<string, Cache>();
  const covered = new Map<number, Set<number>>();
  for (const cpu of online)
    for (const index of tree.numbered(`/sys/devices/system/cpu/cpu${cpu}/cache`, 'index')) {
      const seen = covered.get(index) ?? new Set();
      covered.set(index, seen);
      if (seen.has(cpu)) continue;
      const folder = `/sys/devices/system/cpu/cpu${cpu}/cache/index${index}`;
      for (const sharer of tree.ids(`${folder}/shared_cpu_list`)) seen.add(sharer);
      seen.add(cpu);
      const cache = readCache(tree, folder);
      const key = `${cache.level} ${cache.type} ${cache.bytes}`;
      caches.set(key, { ...cache, count: (caches.get(key)?.count ?? 0) + 1 });
    }
  return [...caches.values()].sort((a, b) => a.level - b.level || a.type.localeCompare(b.type));
}

function readCache(tree: Tree, folder: string): Cache {
  const [, amount = '0', unit = ''] = /^(\d+)([KMG]?)$/.exec(tree.text(`${folder}/size`) ?? '') ?? [];
  return {
    level: tree.number(`${folder}/level`) ?? 0,
    type: typeByName[tree.text(`${folder}/type`) ?? ''] ?? 'unified',
    bytes: Number(amount) * (unitBytes[unit] ?? 1),
    count: 1,
  };
}
