import type { Tree } from './tree.ts';

/** What one thread has used and suffered since its start. */
export interface ThreadCounters {
  /** Text of its `schedstat`: unchanged as long as it has not run. */
  readonly stamp: string;
  readonly cpuNs: number;
  /** Time it was ready but waited for a CPU. */
  readonly waitNs: number;
  readonly involuntarySwitches: number;
  /** Null where the kernel does not tell. */
  readonly migrations: number | null;
}

/** By thread id. */
export type ThreadCounterMap = ReadonlyMap<number, ThreadCounters>;

/**
 * Reads the counters of all threads of some processes; what ends meanwhile is left out.
 *
 * @param previous Counters read before: threads that have not run since are not read again in full, and most
 * threads of an instance sleep nearly always.
 * @see https://docs.kernel.org/scheduler/sched-stats.html (/proc/PID/schedstat)
 */
export function readThreadCounters(
  tree: Tree,
  pids: readonly (number | 'self')[],
  previous?: ThreadCounterMap,
): Map<number, ThreadCounters> {
  const counters = new Map<number, ThreadCounters>();
  for (const pid of pids)
    for (const tid of tree.numbered(`/proc/${pid}/task`, '')) {
      const thread = readThread(tree, `/proc/${pid}/task/${tid}`, previous?.get(tid));
      if (thread !== null) counters.set(tid, thread);
    }
  return counters;
}

function readThread(tree: Tree, folder: string, last: ThreadCounters | undefined): ThreadCounters | null {
  const stamp = tree.text(`${folder}/schedstat`);
  if (stamp === null) return null;
  if (last?.stamp === stamp) return last;
  const [cpuNs = 0, waitNs = 0] = stamp.split(' ').map(Number);
  return { stamp, cpuNs, waitNs, ...readSwitches(tree, folder) };
}

function readSwitches(
  tree: Tree,
  folder: string,
): Pick<ThreadCounters, 'involuntarySwitches' | 'migrations'> {
  const sched = tree.text(`${folder}/sched`);
  const migrations = figure(sched, /nr_migrations\s*:\s*(\d+)/);
  const switches =
    figure(sched, /nr_involuntary_switches\s*:\s*(\d+)/) ??
    figure(tree.text(`${folder}/status`), /nonvoluntary_ctxt_switches:\s*(\d+)/);
  return { involuntarySwitches: switches ?? 0, migrations };
}

function figure(text: string | null, pattern: RegExp): number | null {
  const match = pattern.exec(text ?? '');
  return match === null ? null : Number(match[1]);
}
