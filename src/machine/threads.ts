import { parseCpuList } from './cpu-list.ts';
import { tickNs } from './cpu-times.ts';
import { memoryInfoBytes } from './memory-info.ts';
import { Tree } from './tree.ts';

/** One thread of a process, as `/proc/PID/task/TID` tells it. */
export interface ThreadInfo {
  readonly tid: number;
  readonly name: string;
  /** CPUs its affinity mask and cpuset allow. */
  readonly cpusAllowed: readonly number[];
  /**
   * CPU time since its start, in nanoseconds. A thread that runs at the moment is up to a scheduler tick (1–10 ms)
   * ahead of it; without schedstat in the kernel it counts in ticks of 10 ms.
   */
  readonly cpuTimeNs: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  /** Moves between CPUs; null where the kernel does not tell (no `sched` file). */
  readonly migrations: number | null;
  /** The CPU it runs on, or ran on last. */
  readonly lastCpu: number;
}

/** Memory of one process, in bytes. */
export interface ProcessMemory {
  readonly rssBytes: number;
  /** Pages shared with n processes count as a n-th; null where the kernel or its permissions do not tell. */
  readonly pssBytes: number | null;
  /** In transparent huge pages, without those of files. */
  readonly anonHugeBytes: number | null;
}

/**
 * Reads the threads of a process, ascending by id. Threads that end meanwhile are left out; a process that is gone
 * has none.
 *
 * @param pid A process id, or `self`.
 * @param root Folder that stands for `/`.
 */
export function readThreads(pid: number | 'self', root = '/'): ThreadInfo[] {
  const tree = new Tree(root);
  return tree.numbered(`/proc/${pid}/task`, '').flatMap((tid) => {
    const thread = readThread(tree, `/proc/${pid}/task/${tid}`, tid);
    return thread === null ? [] : [thread];
  });
}

function readThread(tree: Tree, folder: string, tid: number): ThreadInfo | null {
  const status = tree.text(`${folder}/status`);
  const stat = parseStat(tree.text(`${folder}/stat`) ?? '');
  if (status === null || stat === null) return null;
  const schedstat = tree.text(`${folder}/schedstat`);
  return {
    tid,
    name: /^Name:\s*(.*)$/m.exec(status)?.[1] ?? '',
    cpusAllowed: parseCpuList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? ''),
    cpuTimeNs: schedstat === null ? stat.cpuTimeNs : Number.parseInt(schedstat, 10),
    voluntarySwitches: count(status, 'voluntary_ctxt_switches') ?? 0,
    involuntarySwitches: count(status, 'nonvoluntary_ctxt_switches') ?? 0,
    migrations: count(tree.text(`${folder}/sched`) ?? '', 'se.nr_migrations'),
    lastCpu: stat.lastCpu,
  };
}

/** The name, in parentheses, may itself hold spaces and parentheses; fields are counted from its end. */
function parseStat(text: string): { readonly cpuTimeNs: number; readonly lastCpu: number } | null {
  const end = text.lastIndexOf(')');
  if (end < 0) return null;
  const fields = text.slice(end + 2).split(' ');
  // Field numbers of proc(5), less the two before: utime 14, stime 15, processor 39.
  const ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
  return { cpuTimeNs: ticks * tickNs, lastCpu: Number(fields[39 - 3]) };
}

/** CPU time of a process since its start, threads that have ended included, in ms of 10; null where it is gone. */
export function processCpuMs(pid: number | 'self', root = '/'): number | null {
  const stat = parseStat(new Tree(root).text(`/proc/${pid}/stat`) ?? '');
  return stat === null ? null : stat.cpuTimeNs / 1e6;
}

function count(text: string, name: string): number | null {
  const match = new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(text);
  return match === null ? null : Number(match[1]);
}

/**
 * Resident memory alone, in bytes; null where the process is gone. Costs a fraction of `processMemory`, for which the kernel walks
 * all its pages (5 ms for a large one).
 */
export function residentBytes(pid: number | 'self', root = '/'): number | null {
  return memoryInfoBytes(new Tree(root).text(`/proc/${pid}/status`), 'VmRSS');
}

/**
 * Reads the memory of a process; null when it is gone.
 *
 * @param pid A process id, or `self`.
 * @param root Folder that stands for `/`.
 */
export function processMemory(pid: number | 'self', root = '/'): ProcessMemory | null {
  const tree = new Tree(root);
  const rollup = tree.text(`/proc/${pid}/smaps_rollup`) || null;
  const rss = memoryInfoBytes(rollup, 'Rss') ?? memoryInfoBytes(tree.text(`/proc/${pid}/status`), 'VmRSS');
  if (rss === null) return null;
  return {
    rssBytes: rss,
    pssBytes: memoryInfoBytes(rollup, 'Pss'),
    anonHugeBytes: memoryInfoBytes(rollup, 'AnonHugePages'),
  };
}
