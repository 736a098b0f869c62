import type { Group } from './types.ts';

/** One instance on all cores: ⟨1, T, B⟩. */
export function fatGroups(cores: number, items: number): Group[] {
  return [{ instances: 1, threads: cores, batch: items }];
}

/** As many one-thread instances as there are cores or items: ⟨n, 1, ⌈B/n⌉⟩ with n = min(T, B). */
export function thinGroups(cores: number, items: number): Group[] {
  const instances = Math.min(cores, items);
  return [{ instances, threads: 1, batch: Math.ceil(items / instances) }];
}

/** Whether two configurations are the same. Both have their groups in canonical order. */
export function sameGroups(a: readonly Group[], b: readonly Group[]): boolean {
  return formatTuples(a) === formatTuples(b);
}

/**
 * Groups as the paper writes them: instances, threads, batch; `⟨2,8,4⟩`, or `⟨1,4,8⟩ + ⟨2,2,4⟩` for a mixed set. Zero
 * threads are the engine's own number: `⟨1,auto,16⟩`.
 */
export function formatTuples(groups: readonly Group[]): string {
  return groups
    .map(({ instances, threads, batch }) => `⟨${instances},${threads > 0 ? threads : 'auto'},${batch}⟩`)
    .join(' + ');
}
