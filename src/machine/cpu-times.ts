import { cgroupFolders } from './cgroup.ts';
import type { Tree } from './tree.ts';

/** Length of a tick of `/proc/stat` (USER_HZ is 100), in nanoseconds. */
export const tickNs = 10_000_000;

/** Time one CPU has spent since boot, in nanoseconds, in ticks of 10 ms. */
export interface CpuTimes {
  /** Running anything: user, nice, system and interrupts. */
  readonly busyNs: number;
  /** Taken by the hypervisor for others. */
  readonly stealNs: number;
}

/**
 * Reads `/proc/stat` by CPU id.
 *
 * @see https://docs.kernel.org/filesystems/proc.html (1.7 Miscellaneous kernel statistics)
 */
export function readCpuTimes(tree: Tree): ReadonlyMap<number, CpuTimes> {
  const text = tree.text('/proc/stat') ?? '';
  // What follows the CPUs, a count for each interrupt, is by far the longest.
  const end = text.indexOf('\nintr');
  const lines = (end < 0 ? text : text.slice(0, end)).split('\n');
  return new Map(lines.flatMap(parseStatLine));
}

function parseStatLine(line: string): readonly (readonly [number, CpuTimes])[] {
  const match = /^cpu(\d+) (.*)$/.exec(line);
  if (match === null) return [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = match[2]!
    .split(' ')
    .map(Number);
  const busyNs = (user + nice + system + irq + softirq) * tickNs;
  return [[Number(match[1]), { busyNs, stealNs: steal * tickNs }]];
}

/**
 * Reads the time tasks ran on each CPU in nanoseconds, counted at every switch and not by ticks: from the root group of
 * cpuacct (cgroup v1), else from `/proc/schedstat` (which counts a task only once it is switched out). Empty
 * where the kernel has neither. In a container the first may show the container only.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/cpuacct.html and https://docs.kernel.org/scheduler/sched-stats.html
 */
export function readTaskTimes(tree: Tree, accounting: string | null): ReadonlyMap<number, number> {
  const perCpu = accounting === null ? null : tree.text(accounting);
  if (perCpu !== null) return new Map(perCpu.split(/\s+/).map((ns, cpu) => [cpu, Number(ns)]));
  const lines = (tree.text('/proc/schedstat') ?? '').matchAll(/^cpu(\d+)((?: \d+){7})/gm);
  return new Map([...lines].map(([, cpu, fields]) => [Number(cpu), Number(fields!.split(' ').at(-1))]));
}

/** The file of cpuacct's root group with a figure for each possible CPU; null where there is no such group (cgroup v2). */
export function cpuAccountingFile(tree: Tree): string | null {
  const found = cgroupFolders(tree, 'cpuacct');
  return found?.version === 1 ? `${found.folders.at(-1)}/cpuacct.usage_percpu` : null;
}
