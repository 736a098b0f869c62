import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { sharesCpuByGroup } from './cgroup.ts';
import { readThreads } from './threads.ts';
import { Tree } from './tree.ts';

/** `SCHED_OTHER` and `SCHED_IDLE` of `linux/sched.h`. */
const usual = 0;
const idle = 5;
/** `CAP_SYS_NICE` of `linux/capability.h`. */
const niceCapability = 23n;
/** A soft `RLIMIT_NICE` of 20 allows nice 0. */
const niceForUsual = 20;
/** Threads that are begun meanwhile have their parent's priority. */
const mostPasses = 5;

/** As Node names them. */
const helperName = 'V8Worker';

/** How a process may be kept to the time that others leave; with neither, only by stopping it meanwhile. */
export interface IdleMeans {
  /** Its threads get `SCHED_IDLE`, and may be given the usual policy again. */
  readonly policy: boolean;
  /** The kernel schedules sessions as groups (`sched(7)`, autogroup), and the process leads one: its group's weight is lowered. */
  readonly group: boolean;
}

/**
 * What this process may do. Going back from `SCHED_IDLE` needs `CAP_SYS_NICE` or `RLIMIT_NICE` (`sched(7)`); the weight of an own group may
 * be lowered and set back by anybody, and counts only among processes that share the CPUs by no control group.
 */
export function idleMeans(tree: Tree = new Tree('/')): IdleMeans {
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(tree.text('/proc/self/status') ?? '')?.[1] ?? '0';
  const limit = /^Max nice priority\s+(\d+)/m.exec(tree.text('/proc/self/limits') ?? '')?.[1] ?? '0';
  const capable = ((BigInt(`0x${capabilities}`) >> niceCapability) & 1n) === 1n;
  return {
    policy: capable || Number(limit) >= niceForUsual,
    group: tree.number('/proc/sys/kernel/sched_autogroup_enabled') === 1 && !sharesCpuByGroup(tree),
  };
}

/** Lowers the weight of the session that a process leads, so that it gets some 1 % beside others. */
export const lowerGroup = (pid: number): void => writeGroup(pid, 19);

/** Gives a process that was begun idle the usual priority, all of its threads. Does nothing for one that is gone. */
export function raisePriority(pid: number, { policy, group }: IdleMeans): void {
  if (group) writeGroup(pid, 0);
  if (!policy) return;
  for (let pass = 0; pass < mostPasses; pass++) {
    const behind = threadsOf(pid).filter((thread) => policyOf(thread) === idle);
    if (behind.length === 0) return;
    for (const thread of behind) scheduler().set(thread, usual, Int32Array.of(0));
  }
}

/** The calling thread runs only where nothing else does, for good; anybody may do that. */
export function runIdle(): void {
  scheduler().set(0, idle, Int32Array.of(0));
}

/**
 * The threads that V8 compiles and collects garbage in get what the process's other threads leave. What begins when it is due is seldom kept waiting
 * by them then, on the core that they share.
 */
export function lowerHelpers(): void {
  for (const { tid, name } of readThreads('self')) {
    if (name !== helperName) continue;
    try {
      setPriority(tid, constants.priority.PRIORITY_LOW);
    } catch {
      // Gone.
    }
  }
}

/** The kernel refuses more than one change in a tenth of a second to those without privileges; a group keeps what it has then. */
function writeGroup(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // Gone, or not in a group of its own.
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Without the flag that resets it in children. */
const policyOf = (thread: number): number => scheduler().get(thread) & 0xff;

interface Scheduler {
  readonly set: (thread: number, policy: number, parameters: Int32Array) => number;
  readonly get: (thread: number) => number;
}

let calls: Scheduler | undefined;

/** koffi is loaded on first use. */
function scheduler(): Scheduler {
  if (calls === undefined) {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const library = koffi.load(null);
    calls = {
      set: library.func('int sched_setscheduler(int, int, int *)') as Scheduler['set'],
      get: library.func('int sched_getscheduler(int)') as Scheduler['get'],
    };
  }
  return calls;
}
