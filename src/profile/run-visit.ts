import type { Instance } from '../instance/index.ts';
import {
  type CounterSnapshot,
  diffCounters,
  formatCpuList,
  judgeCounters,
  monotonicNs,
  processMemory,
  readCounters,
  readThreads,
  type ThreadInfo,
} from '../machine/index.ts';
import type { CellSet } from './cell-set.ts';
import type { PointMemory, ReadBack, ReplicaRuns, Visit } from './types.ts';

/** One visit to make. */
export interface VisitPlan {
  readonly set: CellSet;
  /** Runs before the counted ones; null: two after a change of shape, one otherwise, and for at least `warmMs`. */
  readonly warmups: number | null;
  readonly shapeChanged: boolean;
  /** How many runs to count, given what one takes. */
  readonly countFor: (runMs: number) => number;
  /** What one run is expected to take; null when nothing is known. */
  readonly expectedMs: number | null;
  /** Largest batch the set's instances have run, this visit's included. */
  readonly largestBatch: number;
  /** Threads asked for, to be read back. */
  readonly threads: number;
}

const warmMs = 20;
/** The first run begins so long after the last instance was told. */
const leadNs = 300_000n;
/** An instance is hung when it takes so many times what was expected, and never before the grace. */
const hangFactor = 20;
const hangGraceMs = 30_000;
const firstHangMs = 1_800_000;

/** When a request counts as hung: a multiple of the expected time, a generous limit until there is one. */
export function hangLimitMs(expectedMs: number | null, runs: number): number {
  return expectedMs === null ? firstHangMs : hangGraceMs + hangFactor * expectedMs * runs;
}

/** Warms up, then runs all replicas at the same time, with the kernel's counters read before and after. */
export async function runVisit(plan: VisitPlan): Promise<Visit> {
  const { set, threads } = plan;
  const instances = set.filler === null ? set.replicas : [...set.replicas, set.filler];
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const warm = await warmUp(instances, plan);
  const count = plan.countFor(warm.runMs ?? 1);
  const options = {
    cpus: [...new Set(instances.flatMap((instance) => instance.cpus ?? []))].sort((a, b) => a - b),
    pids: instances.map((instance) => instance.pid),
  };
  const threadsBefore = set.replicas.map((instance) => readThreads(instance.pid));
  const before: CounterSnapshot = readCounters(options);
  const startNs = monotonicNs() + leadNs * BigInt(instances.length);
  const hangMs = hangLimitMs(warm.runMs, count);
  const lengthMs = warm.runMs === null ? null : warm.runMs * count;
  const filler = set.filler === null ? null : fill(set.filler, { startNs, lengthMs, hangMs });
  const runs = await Promise.all(set.replicas.map((instance) => instance.run({ count, startNs, hangMs })));
  const after = readCounters({ ...options, previous: before });
  const threadsAfter = set.replicas.map((instance) => readThreads(instance.pid));
  await filler?.stop();
  return {
    startedAt,
    warmups: warm.runs,
    wallMs: performance.now() - began,
    replicas: runs.map(
      ({ beginNs, endNs }): ReplicaRuns => ({
        beginNs: beginNs.map((begin) => begin - startNs),
        durationNs: endNs.map((end, run) => end - beginNs[run]!),
      }),
    ),
    disturbances: judgeCounters(diffCounters(before, after)),
    frequencyMhz: after.frequencyMhz,
    memory: { ...memoryOf(set.replicas), largestBatch: plan.largestBatch },
    readBack: readBackOf(set.replicas, threadsBefore, threadsAfter, threads),
  };
}

/** Where nobody knows how long the replicas take, the filler runs in stretches of this length. */
const stretchNs = 50_000_000n;

/** Keeps the left-over cores busy for as long as the replicas run. */
function fill(
  filler: Instance,
  { startNs, lengthMs, hangMs }: { startNs: bigint; lengthMs: number | null; hangMs: number },
): { readonly stop: () => Promise<void> } {
  let stopped = false;
  const run = async (): Promise<void> => {
    const length = lengthMs === null ? stretchNs : BigInt(Math.round(lengthMs * 1e6));
    let untilNs = startNs + length;
    await filler.run({ count: 1_000_000, startNs, untilNs, hangMs });
    for (; lengthMs === null && !stopped; untilNs += stretchNs)
      await filler.run({ count: 1_000_000, untilNs: untilNs + stretchNs, hangMs });
  };
  const running = run();
  // Whoever stops it hears of a failure; until then it must not count as one that nobody handles.
  running.catch(() => {});
  return {
    stop: () => {
      stopped = true;
      return running;
    },
  };
}

/** Runs before the counted ones, and the time of the last one in ms; null where there was none. */
async function warmUp(
  instances: readonly Instance[],
  plan: VisitPlan,
): Promise<{ runs: number; runMs: number | null }> {
  const count = plan.warmups ?? (plan.shapeChanged ? 2 : 1);
  if (count === 0) return { runs: 0, runMs: plan.expectedMs };
  const hangMs = hangLimitMs(plan.expectedMs, count);
  const first = await runAll(instances, { count, hangMs });
  if (plan.warmups !== null || first.runMs * count >= warmMs) return first;
  const untilNs = monotonicNs() + BigInt(warmMs * 1e6);
  const more = await runAll(instances, { count: 10_000, untilNs, hangMs });
  return { runs: first.runs + more.runs, runMs: more.runMs };
}

async function runAll(
  instances: readonly Instance[],
  request: Parameters<Instance['run']>[0],
): Promise<{ runs: number; runMs: number }> {
  const runs = await Promise.all(instances.map((instance) => instance.run(request)));
  const last = runs.map(({ beginNs, endNs }) => Number(endNs.at(-1)! - beginNs.at(-1)!) / 1e6);
  return { runs: Math.min(...runs.map(({ endNs }) => endNs.length)), runMs: Math.max(0.001, ...last) };
}

function memoryOf(instances: readonly Instance[]): Omit<PointMemory, 'largestBatch'> {
  const memories = instances.flatMap((instance) => processMemory(instance.pid) ?? []);
  const proportional = memories.flatMap(({ pssBytes }) => pssBytes ?? []);
  return {
    rssBytes: Math.max(0, ...memories.map(({ rssBytes }) => rssBytes)),
    pssBytes: proportional.length === 0 ? null : Math.max(...proportional),
  };
}

/** A thread computes when it gained at least this share of what the busiest one gained, and more than housekeeping takes. */
const computingShare = 0.1;
const housekeepingNs = 2_000_000;

function readBackOf(
  instances: readonly Instance[],
  before: readonly (readonly ThreadInfo[])[],
  after: readonly (readonly ThreadInfo[])[],
  threads: number,
): ReadBack {
  const computing = instances.map((_, index) => computingThreads(before[index]!, after[index]!));
  const cpus = computing.map((list) =>
    formatCpuList([...new Set(list.flatMap((thread) => thread.cpusAllowed))]),
  );
  const differences = instances.flatMap((instance, index) => {
    const asked = instance.cpus === null ? null : formatCpuList(instance.cpus);
    const count = computing[index]!.length;
    return [
      ...(asked !== null && cpus[index] !== asked && count > 0
        ? [`asked for CPUs ${asked}, threads may run on ${cpus[index]}`]
        : []),
      ...(asked !== null && count > threads ? [`asked for ${threads} threads, ${count} computed`] : []),
    ];
  });
  return {
    cpus,
    computingThreads: computing.map((list) => list.length),
    memoryPolicy: instances.map((instance) => instance.loaded.memoryPolicy),
    differences: [...new Set(differences)],
  };
}

function computingThreads(before: readonly ThreadInfo[], after: readonly ThreadInfo[]): ThreadInfo[] {
  const earlier = new Map(before.map((thread) => [thread.tid, thread.cpuTimeNs]));
  const gains = after.map((thread) => thread.cpuTimeNs - (earlier.get(thread.tid) ?? 0));
  const most = Math.max(0, ...gains);
  const least = Math.max(computingShare * most, Math.min(most, housekeepingNs));
  return most === 0 ? [] : after.filter((_, index) => gains[index]! >= least);
}
