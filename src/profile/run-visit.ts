import type { Instance } from '../instance/index.ts';
import {
  type CounterSnapshot,
  diffCounters,
  judgeCounters,
  monotonicNs,
  processMemory,
  readCounters,
  readThreads,
  type ThreadInfo,
} from '../machine/index.ts';
import type { CellSet } from './cell-set.ts';
import { hangLimitMs } from './hang-limit.ts';
import { type Asked, proveSettings } from './prove-settings.ts';
import { readBackOf } from './read-back.ts';
import type { PointMemory, ReplicaRuns, Visit } from './types.ts';

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
  /** What one may take at the longest, by threads, where nothing is expected; null where that can't be told. */
  readonly slowestMs: (threads: number) => number | null;
  /** Largest batch the set's instances have run, this visit's included. */
  readonly largestBatch: number;
  /** Threads asked for, to be read back. */
  readonly threads: number;
  /** Default: 1. */
  readonly interOpThreads?: number | undefined;
  /** Watched for disturbances where instances are not pinned. Default: none. */
  readonly cpus?: readonly number[];
  /** Settings to be proven, which takes some 20 ms. Default: none. */
  readonly prove?: Asked | null;
}

const warmMs = 20;
/** The first run begins so long after the last instance was told. */
const leadNs = 300_000n;

/** Warms up, then runs all replicas at the same time, with the kernel's counters read before and after. */
export async function runVisit(plan: VisitPlan): Promise<Visit> {
  const { set, threads } = plan;
  const instances = set.filler === null ? set.replicas : [...set.replicas, set.filler];
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const warm = await warmUp(instances, plan);
  const count = plan.countFor(warm.runMs ?? 1);
  const options = {
    cpus: [...new Set(instances.flatMap((instance) => instance.cpus ?? plan.cpus ?? []))].sort(
      (a, b) => a - b,
    ),
    pids: instances.map((instance) => instance.pid),
  };
  const threadsBefore = set.replicas.map((instance) => readThreads(instance.pid));
  const before: CounterSnapshot = readCounters(options);
  const startNs = monotonicNs() + leadNs * BigInt(instances.length);
  const hangMs = hangLimitMs(warm.runMs, slowestMsOf(plan), count);
  const lengthMs = warm.runMs === null ? null : warm.runMs * count;
  const filler = set.filler === null ? null : fill(set.filler, { startNs, lengthMs, hangMs });
  const runs = await Promise.all(set.replicas.map((instance) => instance.run({ count, startNs, hangMs })));
  const after = readCounters({ ...options, previous: before });
  const threadsAfter = set.replicas.map((instance) => readThreads(instance.pid));
  await filler?.stop();
  const proven =
    plan.prove == null
      ? null
      : await proveSettings(
          set.replicas.map(({ cpus, loaded, pid }, index) => ({
            cpus,
            loaded,
            pid,
            sleepsPerRun: sleepsOf(pid, threadsBefore[index]!, threadsAfter[index]!) / (threads - 1) / count,
          })),
          plan.prove,
        );
  const readBack = readBackOf(
    set.replicas.map((instance, index) => ({
      instance,
      before: threadsBefore[index]!,
      after: threadsAfter[index]!,
    })),
    threads,
    plan.interOpThreads,
  );
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
    readBack:
      proven === null
        ? readBack
        : {
            ...readBack,
            proofs: proven.proofs,
            differences: [...readBack.differences, ...proven.differences],
          },
  };
}

/** How often the threads of a process but the main one went to sleep between two readings. */
function sleepsOf(pid: number, before: readonly ThreadInfo[], after: readonly ThreadInfo[]): number {
  const earlier = new Map(before.map(({ tid, voluntarySwitches }) => [tid, voluntarySwitches]));
  return after
    .filter(({ tid }) => tid !== pid)
    .reduce((sum, { tid, voluntarySwitches }) => sum + voluntarySwitches - (earlier.get(tid) ?? 0), 0);
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

/** A filler may have fewer threads than the replicas. */
function slowestMsOf({ set: { filler }, slowestMs, threads }: VisitPlan): number | null {
  return slowestMs(Math.min(threads, filler?.cpus?.length ?? threads));
}

/** Runs before the counted ones, and the time of the last one in ms; null where there was none. */
async function warmUp(
  instances: readonly Instance[],
  plan: VisitPlan,
): Promise<{ runs: number; runMs: number | null }> {
  const count = plan.warmups ?? (plan.shapeChanged ? 2 : 1);
  if (count === 0) return { runs: 0, runMs: plan.expectedMs };
  // The first one's limit is generous where nothing is known; it says what to expect of the others.
  const begun = plan.expectedMs === null ? 1 : count;
  const first = await runAll(instances, {
    count: begun,
    hangMs: hangLimitMs(plan.expectedMs, slowestMsOf(plan), begun),
  });
  const hangMs = hangLimitMs(first.runMs, null, count);
  const last = begun === count ? first : await runAll(instances, { count: count - begun, hangMs });
  if (plan.warmups !== null || last.runMs * count >= warmMs) return { runs: count, runMs: last.runMs };
  const untilNs = monotonicNs() + BigInt(warmMs * 1e6);
  const more = await runAll(instances, { count: 10_000, untilNs, hangMs });
  return { runs: count + more.runs, runMs: more.runMs };
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
