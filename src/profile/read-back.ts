import type { Instance } from '../instance/index.ts';
import { formatCpuList, type ThreadInfo } from '../machine/index.ts';
import type { ReadBack } from './types.ts';

/** A thread computes when it gained at least this share of what the busiest one gained, and more than housekeeping takes. */
const computingShare = 0.1;
const housekeepingNs = 2_000_000;

/** An instance with its threads before and after the runs. */
export interface ReadInstance {
  readonly instance: Pick<Instance, 'cpus' | 'loaded' | 'pid'>;
  readonly before: readonly ThreadInfo[];
  readonly after: readonly ThreadInfo[];
}

/** What was asked of a visit's replicas, and what `/proc` shows. @param threads Asked for, and so are `interOpThreads`. */
export function readBackOf(replicas: readonly ReadInstance[], threads: number, interOpThreads = 1): ReadBack {
  const most = threads + interOpThreads - 1;
  const computing = replicas.map(({ instance, before, after }) =>
    computingThreads(before, engineThreads(instance.pid, after)),
  );
  const cpus = computing.map((list) =>
    formatCpuList([...new Set(list.flatMap((thread) => thread.cpusAllowed))]),
  );
  const differences = replicas.flatMap(({ instance, after }, index) => {
    const asked = instance.cpus === null ? null : formatCpuList(instance.cpus);
    const count = computing[index]!.length;
    const pool = poolThreads(instance, after);
    return [
      ...(asked !== null && cpus[index] !== asked && count > 0
        ? [`asked for CPUs ${asked}, threads may run on ${cpus[index]}`]
        : []),
      ...(asked !== null && count > most ? [`asked for ${most} threads, ${count} computed`] : []),
      ...(pool !== null && pool < threads ? [`asked for ${threads} threads, the engine has ${pool}`] : []),
    ];
  });
  return {
    cpus,
    computingThreads: computing.map((list) => list.length),
    memoryPolicy: replicas.map(({ instance }) => instance.loaded.memoryPolicy),
    differences: [...new Set(differences)],
  };
}

/**
 * Threads the engine can compute with: the main thread and those it started, which bear its name (Node's own have
 * names of theirs). Null for the null engine, which computes on one, whatever is asked.
 *
 * That fewer gain CPU time is no difference: operators too small to be split leave threads idle.
 */
export function poolThreads(
  { loaded, pid }: Pick<Instance, 'loaded' | 'pid'>,
  threads: readonly ThreadInfo[],
): number | null {
  if (loaded.engine.name === 'null') return null;
  return threads.some(({ tid }) => tid === pid) ? engineThreads(pid, threads).length : null;
}

/** The main thread and those that bear its name; all where it is not among them. */
function engineThreads(pid: number, threads: readonly ThreadInfo[]): readonly ThreadInfo[] {
  const main = threads.find(({ tid }) => tid === pid);
  return main === undefined ? threads : threads.filter(({ name }) => name === main.name);
}

function computingThreads(
  before: readonly ThreadInfo[],
  after: readonly ThreadInfo[],
): readonly ThreadInfo[] {
  const earlier = new Map(before.map((thread) => [thread.tid, thread.cpuTimeNs]));
  const gains = after.map((thread) => thread.cpuTimeNs - (earlier.get(thread.tid) ?? 0));
  const most = Math.max(0, ...gains);
  const least = Math.max(computingShare * most, Math.min(most, housekeepingNs));
  return most === 0 ? [] : after.filter((_, index) => gains[index]! >= least);
}
