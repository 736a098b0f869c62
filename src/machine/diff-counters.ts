import type { CounterSnapshot } from './counters.ts';
import { tickNs } from './cpu-times.ts';
import type { ThreadCounterMap, ThreadCounters } from './thread-counters.ts';

/** Counters that follow switches are behind by a scheduler tick at most: 4 ms at the usual 250 Hz. */
const schedulerTickNs = 4_000_000;

/** What happened between two snapshots. Shares are of the wall time of all the CPUs counted, 0 … 1. */
export interface CounterDelta {
  readonly wallNs: number;
  /** Taken by the hypervisor. */
  readonly stealShare: number;
  /** Held back by the CPU quota. */
  readonly throttledShare: number;
  /** Periods of the quota (usually 100 ms) in which it held something back. */
  readonly throttledPeriods: number;
  /** Used on these CPUs by neither the measured processes nor the calling one. */
  readonly foreignShare: number;
  /** Waited for by the measured threads: ready, but another thread, maybe of their own process, had the CPU. */
  readonly waitShare: number;
  /** Share of the time in which any task of the group or machine waited for a CPU, our own threads for each other included. */
  readonly pressureShare: number;
  /** Of the measured threads. */
  readonly involuntarySwitches: number;
  readonly involuntaryPerSecond: number;
  /** Moves of the measured threads between CPUs; 0 where the kernel does not tell. */
  readonly migrations: number;
  /** Mean of both snapshots; null where not told. Both are taken between runs, so no verdict rests on it. */
  readonly frequencyMhz: number | null;
  /** By CPU id, 0 … 1. */
  readonly busyByCpu: Readonly<Record<number, number>>;
  /** The smallest share that can be told from counting errors in a window of this length: of steal, and of foreign work. */
  readonly resolution: { readonly steal: number; readonly foreign: number };
}

/** Compares two snapshots of the same CPUs and processes. Threads that ended between them are lost: their work looks foreign. */
export function diffCounters(before: CounterSnapshot, after: CounterSnapshot): CounterDelta {
  const wallNs = Math.max(1, Number(after.atNs - before.atNs));
  const { cpus } = before;
  const allNs = wallNs * Math.max(1, cpus.length);
  const share = (ns: number): number => Math.min(1, Math.max(0, ns / allNs));
  const busyNs = new Map(cpus.map((cpu) => [cpu, busyOf(before, after, cpu)]));
  const involuntarySwitches = gained(before.threads, after.threads, (thread) => thread.involuntarySwitches);
  const fine = before.taskNs.size > 0;
  return {
    wallNs,
    stealShare: share(sum(cpus.map((cpu) => stealOf(before, after, cpu)))),
    throttledShare: share((after.throttled?.ns ?? 0) - (before.throttled?.ns ?? 0)),
    throttledPeriods: (after.throttled?.periods ?? 0) - (before.throttled?.periods ?? 0),
    foreignShare: share(sum([...busyNs.values()]) - knownNs(before, after)),
    waitShare: share(gained(before.threads, after.threads, (thread) => thread.waitNs)),
    pressureShare: Math.min(1, ((after.pressureNs ?? 0) - (before.pressureNs ?? 0)) / wallNs),
    involuntarySwitches,
    involuntaryPerSecond: (involuntarySwitches / wallNs) * 1e9,
    migrations: gained(before.threads, after.threads, (thread) => thread.migrations ?? 0),
    frequencyMhz: meanOf(before.frequencyMhz, after.frequencyMhz),
    busyByCpu: Object.fromEntries([...busyNs].map(([cpu, ns]) => [cpu, Math.min(1, ns / wallNs)])),
    resolution: {
      steal: (2 * tickNs) / allNs,
      foreign: (fine ? schedulerTickNs : 2 * tickNs * cpus.length) / allNs,
    },
  };
}

/**
 * The finer counter may see a container only, or miss a task that is never switched out; then the ticks, which see all, say
 * clearly more. They sample, so a tenth and two ticks are allowed for.
 */
function busyOf(before: CounterSnapshot, after: CounterSnapshot, cpu: number): number {
  const coarse = (after.times.get(cpu)?.busyNs ?? 0) - (before.times.get(cpu)?.busyNs ?? 0);
  const first = before.taskNs.get(cpu);
  const last = after.taskNs.get(cpu);
  if (first === undefined || last === undefined) return coarse;
  return Math.max(0, last - first, 0.9 * coarse - 2 * tickNs);
}

function stealOf(before: CounterSnapshot, after: CounterSnapshot, cpu: number): number {
  return (after.times.get(cpu)?.stealNs ?? 0) - (before.times.get(cpu)?.stealNs ?? 0);
}

/** The calling process is not pinned: its work counts as done on these CPUs if it was seen on one of them. */
function knownNs(before: CounterSnapshot, after: CounterSnapshot): number {
  const cpuNs = (thread: ThreadCounters): number => thread.cpuNs;
  const here = [before.ownCpu, after.ownCpu].some((cpu) => cpu !== null && before.cpus.includes(cpu));
  const own = here ? gained(before.ownThreads, after.ownThreads, cpuNs) : 0;
  return own + gained(before.threads, after.threads, cpuNs);
}

/** Threads that began between the snapshots count from zero. */
function gained(
  before: ThreadCounterMap,
  after: ThreadCounterMap,
  of: (thread: ThreadCounters) => number,
): number {
  let total = 0;
  for (const [tid, thread] of after) {
    const last = before.get(tid);
    total += of(thread) - (last === undefined ? 0 : of(last));
  }
  return Math.max(0, total);
}

function meanOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.round((a + b) / 2);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
