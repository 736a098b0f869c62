import { changeModel, controllerOf, followLoad, followQueue, type Proposal } from '../adapt/index.ts';
import type { DispatchOptions } from '../dispatch/index.ts';
import { type Cell, type Group, instancesOf, loadCandidates, serviceTimeOf } from '../plan/index.ts';
import {
  AlikeRuns,
  type ChangeModel,
  type Controller,
  type SimulationOptions,
  type SimulationResult,
  type Stream,
  simulate,
} from '../simulate/index.ts';
import { mostAbove, quantile, sortSamples } from '../stats/index.ts';
import type { PolicyName } from './simulate-flags.ts';

/** What all policies are simulated with. */
export interface PolicyRun {
  readonly stream: Stream;
  readonly cells: readonly Cell[];
  readonly cores: number;
  readonly largestBatch: number;
  readonly deadlineMs: number | null;
  /** Requests that come before are not counted. */
  readonly warmupMs: number;
  readonly everyMs: number;
  readonly loadCpuMs: number;
}

/** A change that a policy made. */
export interface PolicyChange extends Proposal {
  readonly decidedMs: number;
  /** When the new instances took over; null: the run ended before. */
  readonly switchedMs: number | null;
}

/** What came of a policy. */
export interface PolicyResult {
  readonly name: string;
  /** The set that it began with, and kept where there are no changes. */
  readonly groups: readonly Group[];
  readonly result: SimulationResult;
  readonly changes: readonly PolicyChange[];
}

/** Packrat swaps its instances in some five seconds, in which latency doubles to triples (ICML 2025, section 5). */
const packratSwap = { leastMs: 5000, slowdown: 2.5 };

const usualBatch = 8;

/** Simulates a policy. */
export function runPolicy(
  policy: PolicyName | { readonly text: string; readonly groups: readonly Group[] },
  run: PolicyRun,
): PolicyResult {
  if (typeof policy !== 'string') return runStatic(policy.text, policy.groups, run);
  const { cells, cores, loadCpuMs, everyMs } = run;
  const candidates = loadCandidates(cells, { cores, largestBatch: run.largestBatch });
  const usable = cells.filter(({ batch }) => batch <= run.largestBatch);
  const how = changeModel(loadCpuMs);
  const begin = beginOf(candidates);
  const changes: (Proposal & { readonly nowMs: number })[] = [];
  const follow = (strategy: Parameters<typeof controllerOf>[0], model: ChangeModel): Controller =>
    controllerOf(strategy, everyMs, model, (proposal, nowMs) => changes.push({ ...proposal, nowMs }));
  switch (policy) {
    case 'load': {
      const strategy = followLoad({ cells: usable, cores, loadCpuMs: () => loadCpuMs });
      return adaptive(policy, begin, follow(strategy, how), run, changes);
    }
    case 'packrat':
      return adaptive(policy, begin, follow(followQueue({ cells: usable, cores }), how), run, changes);
    case 'packrat-paper': {
      const model = { ...how, ...packratSwap };
      const controller = follow(followQueue({ cells: usable, cores }), model);
      return adaptive(policy, begin, controller, run, changes, { policy: 'packrat' });
    }
    case 'fat':
      return bestOf(
        policy,
        candidates.filter(([group]) => group!.instances === 1 && group!.threads === cores),
        run,
      );
    case 'thin':
      return bestOf(
        policy,
        candidates.filter(([group]) => group!.threads === 1),
        run,
      );
    case 'best-static':
      return bestOf(policy, candidates, run);
  }
}

/** Policies that change the set begin with the fattest one, for batches of eight or so. */
function beginOf(candidates: readonly (readonly Group[])[]): readonly Group[] {
  const threads = Math.max(...candidates.map(([group]) => group!.threads));
  const fat = candidates.filter(([group]) => group!.threads === threads);
  return fat.findLast(([group]) => group!.batch <= usualBatch) ?? fat[0]!;
}

function adaptive(
  name: string,
  groups: readonly Group[],
  controller: Controller,
  run: PolicyRun,
  proposed: readonly (Proposal & { readonly nowMs: number })[],
  dispatch: DispatchOptions = {},
): PolicyResult {
  const result = simulateSet(groups, run, { controller, dispatch });
  const changes = proposed.map(({ nowMs, ...proposal }, index) => ({
    ...proposal,
    decidedMs: nowMs,
    switchedMs: result.changes[index]?.switchedMs ?? null,
  }));
  return { name, groups, result, changes };
}

const runStatic = (name: string, groups: readonly Group[], run: PolicyRun): PolicyResult => ({
  name,
  groups,
  result: simulateSet(groups, run),
  changes: [],
});

/** The set that turns out to have the lowest p99: nobody could have known. */
function bestOf(name: string, candidates: readonly (readonly Group[])[], run: PolicyRun): PolicyResult {
  let best: PolicyResult | null = null;
  let bestMs = Number.POSITIVE_INFINITY;
  const counted = run.stream.arrivedMs.length - countBefore(run);
  // One that is alike, or late so often that its p99 is no lower, is not better.
  const alike = new AlikeRuns<true>();
  for (const groups of candidates) {
    const instances = instancesOf(groups);
    if (alike.find(instances) === true) continue;
    const late = { ms: bestMs, most: mostAbove(counted, 0.99), fromMs: run.warmupMs };
    const result = simulateSet(groups, run, { late });
    alike.add(instances, result, true);
    if (result.cutShort) continue;
    const ms = p99Of(countedMs(result, run));
    if (best === null || ms < bestMs) [best, bestMs] = [{ name, groups, result, changes: [] }, ms];
  }
  if (best === null) throw new RangeError(`Nothing is known of a set for ${name}. This is a bug.`);
  return best;
}

function simulateSet(
  groups: readonly Group[],
  { stream, cells, cores, deadlineMs }: PolicyRun,
  more: Pick<SimulationOptions, 'controller' | 'dispatch' | 'late'> = {},
): SimulationResult {
  const mostWaiting = Number.POSITIVE_INFINITY;
  return simulate(stream, {
    ...{ instances: instancesOf(groups), cores, serviceMs: serviceTimeOf(cells), deadlineMs },
    ...more,
    dispatch: { mostWaiting, ...more.dispatch },
  });
}

/** Latencies of the requests that count, in ms; NaN: no answer. */
export function countedMs({ latencyMs }: SimulationResult, { stream, warmupMs }: PolicyRun): Float64Array {
  return latencyMs.subarray(countBefore({ stream, warmupMs }));
}

/** Requests that come before those that count. */
function countBefore({ stream: { arrivedMs }, warmupMs }: Pick<PolicyRun, 'stream' | 'warmupMs'>): number {
  let count = 0;
  while (count < arrivedMs.length && arrivedMs[count]! < warmupMs) count++;
  return count;
}

/** Those that got no answer count as infinitely late. */
function p99Of(latencyMs: Float64Array): number {
  return quantile(sortSamples(latencyMs.map((ms) => (Number.isNaN(ms) ? Number.MAX_VALUE : ms))), 0.99);
}
