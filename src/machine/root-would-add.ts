import type { Frequency } from './frequency.ts';
import type { Tree } from './tree.ts';

/** One sentence for each thing that root could set on this machine to make it faster or steadier; thinfer sets none. */
export function rootWouldAdd(
  tree: Tree,
  frequency: Frequency,
  hugePages: string,
  numaNodes: number,
): string[] {
  const sentences: string[] = [];
  if (frequency.governors.some((name) => name !== 'performance'))
    sentences.push('Clocks that do not wait for load: set scaling_governor to performance.');
  if (frequency.turbo === true)
    sentences.push('Steadier, slower clocks for comparisons: switch turbo off (no_turbo or boost).');
  if (hugePages === 'never')
    sentences.push('Fewer TLB misses: set transparent_hugepage/enabled to madvise or always.');
  if (numaNodes > 1 && (tree.number('/proc/sys/kernel/numa_balancing') ?? 0) > 0)
    sentences.push('No pages moved behind our back: set kernel.numa_balancing to 0.');
  if ((tree.number('/proc/sys/kernel/perf_event_paranoid') ?? 0) > 2)
    sentences.push('Hardware counters for perf: set kernel.perf_event_paranoid to 2 or less.');
  return sentences;
}
