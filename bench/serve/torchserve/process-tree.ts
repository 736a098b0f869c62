import { readdirSync, readFileSync } from 'node:fs';
import { processMemory } from '../../../src/machine/index.ts';

/**
 * A process and its descendants, itself first. By the parents of all processes: `/proc/PID/task/PID/children` lacks those that another
 * thread started, as Java's do.
 */
export function processTree(pid: number): number[] {
  const children = Map.groupBy(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
    (one) => parentOf(one),
  );
  const below = (one: number): number[] => [one, ...(children.get(one) ?? []).flatMap(below)];
  return below(pid);
}

/** Proportional memory of a process and all it started: what is shared counts once. */
export function treePssBytes(pid: number): number {
  return processTree(pid).reduce((sum, one) => sum + (processMemory(one)?.pssBytes ?? 0), 0);
}

/** CPU seconds of a process and all it started that lives. */
export function treeCpuSeconds(pid: number): number {
  // utime and stime.
  return processTree(pid).reduce((sum, one) => sum + ticksOf(one, [11, 12]), 0) / 100;
}

/** CPU seconds of this process and of the children that have ended, theirs included. */
export function ownCpuSeconds(): number {
  return ticksOf(process.pid, [11, 12, 13, 14]) / 100;
}

/** Seconds that all CPUs of the machine together were busy or taken by the hypervisor, and seconds in all. */
export function machineSeconds(): { readonly busy: number; readonly all: number } {
  const [user, nice, system, idle, wait, irq, soft, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1, 9)
    .map((ticks) => Number(ticks) / 100) as [number, number, number, number, number, number, number, number];
  const busy = user + nice + system + irq + soft + steal;
  return { busy, all: busy + idle + wait };
}

/** Fields of `/proc/PID/stat` after the name, added up; ticks of a hundredth of a second. */
function ticksOf(pid: number, fields: readonly number[]): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.reduce((sum, field) => sum + Number(values[field]), 0);
  } catch {
    return 0; // It has ended meanwhile.
  }
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0; // It has ended meanwhile.
  }
}
