import { cgroupFolders } from './cgroup.ts';
import { monotonicNs } from './clock.ts';
import { type CpuTimes, cpuAccountingFile, readCpuTimes, readTaskTimes } from './cpu-times.ts';
import { readThreadCounters, type ThreadCounterMap } from './thread-counters.ts';
import { Tree } from './tree.ts';

/** CPUs asked for their clock; the mean of more says nothing more. */
const mostClocks = 16;

/** What to count. */
export interface CounterOptions {
  /** CPUs on which the measured processes run. */
  readonly cpus: readonly number[];
  /** Measured processes, pinned to those CPUs. */
  readonly pids: readonly number[];
  /** Folder that stands for `/`. Default `/`. */
  readonly root?: string;
  /** A snapshot taken before, with the same options; makes this one cheaper. */
  readonly previous?: CounterSnapshot;
}

/** Counters at one moment; two of them make a difference (`diffCounters`). */
export interface CounterSnapshot {
  readonly atNs: bigint;
  readonly cpus: readonly number[];
  /** By CPU, in ticks of 10 ms. */
  readonly times: ReadonlyMap<number, CpuTimes>;
  /** Nanoseconds tasks ran, by CPU; empty where the kernel only counts ticks. */
  readonly taskNs: ReadonlyMap<number, number>;
  /** Threads of the measured processes. */
  readonly threads: ThreadCounterMap;
  /** Threads of the calling process. */
  readonly ownThreads: ThreadCounterMap;
  /** CPU the calling process's first thread runs on. */
  readonly ownCpu: number | null;
  /** Since the start of the groups; null where no group counts it. */
  readonly throttled: { readonly periods: number; readonly ns: number } | null;
  /** Time in which some task waited for a CPU; null where the kernel does not tell. */
  readonly pressureNs: number | null;
  /** Mean current clock in MHz; null where not told. Taken between runs, so it is that of waiting cores. */
  readonly frequencyMhz: number | null;
}

/** Where a root's cgroup files are; they stay for the life of a process, and finding them costs more than reading. */
interface Places {
  readonly accounting: string | null;
  readonly groups: readonly string[];
  readonly pressure: string;
}
const placesByRoot = new Map<string, Places>();

/**
 * Takes a snapshot of everything that shows a disturbance. It is made to stand before and after every measuring visit:
 * a few hundred microseconds for two CPUs and three processes, less when given the `previous` one.
 */
export function readCounters({ cpus, pids, root = '/', previous }: CounterOptions): CounterSnapshot {
  const tree = new Tree(root);
  const places = findPlaces(tree);
  const own = tree.text('/proc/self/stat') ?? '';
  const ownPid = Number.parseInt(own, 10);
  const others = pids.filter((pid) => pid !== ownPid);
  return {
    atNs: monotonicNs(),
    cpus,
    times: readCpuTimes(tree),
    throttled: readThrottled(tree, places.groups),
    pressureNs: readPressure(tree, places.pressure),
    frequencyMhz: readClocks(tree, cpus),
    ownCpu: cpuOf(own),
    // Side by side, since the time between them looks like foreign work.
    taskNs: readTaskTimes(tree, places.accounting),
    threads: readThreadCounters(tree, others, previous?.threads),
    ownThreads: readThreadCounters(tree, ['self'], previous?.ownThreads),
  };
}

function findPlaces(tree: Tree): Places {
  const known = placesByRoot.get(tree.root);
  if (known !== undefined) return known;
  const groups = cgroupFolders(tree, 'cpu')?.folders ?? [];
  const [own] = groups;
  // The group's own pressure leaves out what goes on elsewhere on the machine; v1 has none.
  const pressure =
    own !== undefined && groups.length > 1 && tree.exists(`${own}/cpu.pressure`)
      ? `${own}/cpu.pressure`
      : '/proc/pressure/cpu';
  const places = { accounting: cpuAccountingFile(tree), groups, pressure };
  placesByRoot.set(tree.root, places);
  return places;
}

/** A group's throttling does not show in the groups below it, so all levels are added. */
function readThrottled(tree: Tree, groups: readonly string[]): CounterSnapshot['throttled'] {
  const counted = groups.flatMap((group) => {
    const text = tree.text(`${group}/cpu.stat`) ?? '';
    const periods = /^nr_throttled (\d+)/m.exec(text)?.[1];
    if (periods === undefined) return [];
    // v1 counts nanoseconds, v2 microseconds.
    const [, unit, time] = /^throttled_(time|usec) (\d+)/m.exec(text) ?? [];
    return [{ periods: Number(periods), ns: Number(time ?? 0) * (unit === 'usec' ? 1000 : 1) }];
  });
  if (counted.length === 0) return null;
  return counted.reduce((a, b) => ({ periods: a.periods + b.periods, ns: a.ns + b.ns }));
}

function readPressure(tree: Tree, path: string): number | null {
  const total = /^some .*total=(\d+)/m.exec(tree.text(path) ?? '')?.[1];
  return total === undefined ? null : Number(total) * 1000;
}

function readClocks(tree: Tree, cpus: readonly number[]): number | null {
  const [first] = cpus;
  const path = (cpu: number): string => `/sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`;
  if (first === undefined || !tree.exists(path(first))) return null;
  const clocks = cpus
    .slice(0, mostClocks)
    .map((cpu) => tree.number(path(cpu)))
    .filter((clock) => clock !== null);
  return clocks.length === 0 ? null : Math.round(clocks.reduce((a, b) => a + b, 0) / clocks.length / 1000);
}

/** Field 39 of `stat`; the name before may hold spaces. */
function cpuOf(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpu = Number(fields[39 - 3] ?? Number.NaN);
  return Number.isFinite(cpu) ? cpu : null;
}
