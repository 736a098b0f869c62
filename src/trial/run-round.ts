import type { Instance } from '../instance/index.ts';
import {
  type Disturbance,
  diffCounters,
  judgeCounters,
  monotonicNs,
  processMemory,
  readCounters,
} from '../machine/index.ts';
import { hangLimitMs } from '../profile/index.ts';
import { judgeStart, type SetRun, type StartLimits } from './judge-start.ts';

/** What one configuration did in one round. */
export interface Round {
  /** From the first begin to the last end, in ms; one for each time the whole set ran. */
  readonly timesMs: readonly number[];
  /** Largest gap between the first and the last begin, in ms. */
  readonly skewMs: number;
  readonly disturbances: readonly Disturbance[];
  readonly busy: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly rssBytes: number;
}

/** How a round is run. */
export interface RoundPlan {
  /** Bound to their shares of the items. */
  readonly instances: readonly Instance[];
  /** CPUs that are watched. */
  readonly cpus: readonly number[];
  readonly shapeChanged: boolean;
  /** Whether threads of this configuration may move and be pushed aside, as unpinned ones are. */
  readonly unpinned: boolean;
  readonly expectedMs: number | null;
  /** What one run may take at the longest where nothing is expected; null where that can't be told. */
  readonly slowestMs: number | null;
  /** Counted time of the round, roughly; at least `minRuns` runs. */
  readonly roundMs: number;
  readonly minRuns: number;
  readonly startLimits: StartLimits;
}

const leadNs = 300_000n;
/** ONNX Runtime's threads spin some 40 ms after an unpinned run with default settings; the next one waits that long. */
const settleMs = 60;

/** Effects of not being pinned, not of a disturbance from outside. */
const ownEffects = new Set<Disturbance['kind']>(['migrations', 'involuntary-switches', 'pressure']);

/** Warms the set up, then runs it again and again from common starts. */
export async function runRound(plan: RoundPlan): Promise<Round> {
  const { instances, cpus } = plan;
  const began = performance.now();
  let expected = plan.expectedMs;
  for (let warmup = 0; warmup < (plan.shapeChanged ? 2 : 1); warmup++)
    expected = (await runOnce(plan, expected)).timeMs;
  const runs = Math.max(plan.minRuns, Math.min(50, Math.round(plan.roundMs / (expected ?? plan.roundMs))));
  const options = { cpus, pids: instances.map((instance) => instance.pid) };
  const before = readCounters(options);
  const results: SetRun[] = [];
  for (let run = 0; run < runs; run++) results.push(await runOnce(plan, expected));
  const delta = diffCounters(before, readCounters({ ...options, previous: before }));
  if (plan.unpinned) await new Promise((resolve) => setTimeout(resolve, settleMs));
  return {
    timesMs: results.map(({ timeMs }) => timeMs),
    skewMs: Math.max(...results.map(({ skewMs }) => skewMs)),
    disturbances: [
      ...judgeCounters(delta).filter(({ kind }) => !plan.unpinned || !ownEffects.has(kind)),
      ...judgeStart(results, plan.startLimits),
    ],
    busy: delta.busyByCpu,
    wallMs: performance.now() - began,
    rssBytes: instances.reduce((sum, { pid }) => sum + (processMemory(pid)?.rssBytes ?? 0), 0),
  };
}

async function runOnce({ instances, slowestMs }: RoundPlan, expectedMs: number | null): Promise<SetRun> {
  const startNs = monotonicNs() + leadNs + 50_000n * BigInt(instances.length);
  const hangMs = hangLimitMs(expectedMs, slowestMs, 1);
  const times = await Promise.all(instances.map((instance) => instance.run({ startNs, hangMs })));
  const begins = times.map(({ beginNs }) => Number(beginNs[0]! - startNs));
  const ends = times.map(({ endNs }) => Number(endNs[0]! - startNs));
  const first = Math.min(...begins);
  return { timeMs: (Math.max(...ends) - first) / 1e6, skewMs: (Math.max(...begins) - first) / 1e6 };
}
