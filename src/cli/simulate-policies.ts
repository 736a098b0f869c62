import {
  changeModel,
  controllerOf,
  firstSet,
  followLoad,
  followQueue,
  type LoadingModel,
  type Proposal,
} from '../adapt/index.ts';
import type { DispatchOptions } from '../dispatch/index.ts';
import { type Group, loadCandidates } from '../plan/index.ts';
import type { BatchRecord } from '../report/index.ts';
import type { Controller, SimulationResult } from '../simulate/index.ts';
import { bestSet } from './best-set.ts';
import type { PolicyName } from './simulate-flags.ts';
import { type PolicyRun, simulateSet } from './simulate-set.ts';

/** A change that a policy made. */
export interface PolicyChange extends Omit<Proposal, 'prepares'> {
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
  /** Empty for a set that stays as it is, and where nobody asked. */
  readonly batches: BatchRecord;
}

/** Packrat swaps its instances in some five seconds, in which latency doubles to triples (ICML 2025, section 5). */
const packratSwap = { leastMs: 5000, slowdown: () => 2.5 };

const usualBatch = 8;

const noBatches: BatchRecord = { beganMs: [], items: [] };

/** Simulates a policy. */
export function runPolicy(
  policy: PolicyName | { readonly text: string; readonly groups: readonly Group[] },
  run: PolicyRun,
): PolicyResult {
  if (typeof policy !== 'string') return runStatic(policy.text, policy.groups, run);
  const { cells, cores, loadCpuMs, everyMs, standby } = run;
  const candidates = loadCandidates(cells, { cores, largestBatch: run.largestBatch });
  const usable = cells.filter(({ batch }) => batch <= run.largestBatch);
  const how = changeModel(loadCpuMs);
  const begin = beginOf(candidates);
  const changes: (Proposal & { readonly nowMs: number })[] = [];
  const follow = (strategy: Parameters<typeof controllerOf>[0], model: LoadingModel): Controller =>
    controllerOf(strategy, everyMs, model, (proposal, nowMs) => changes.push({ ...proposal, nowMs }));
  switch (policy) {
    case 'load': {
      const strategy = followLoad({
        ...{ cells: usable, cores, loadCpuMs: () => loadCpuMs },
        standbyRoom: () => standby,
      });
      return adaptive(policy, firstSet({ cells: usable, cores }), follow(strategy, how), run, changes, {
        standby,
      });
    }
    case 'packrat':
      return adaptive(policy, begin, follow(followQueue({ cells: usable, cores }), how), run, changes, {
        standby,
      });
    case 'packrat-paper': {
      const model = { ...how, ...packratSwap };
      const controller = follow(followQueue({ cells: usable, cores }), model);
      return adaptive(policy, begin, controller, run, changes, { dispatch: { policy: 'packrat' } });
    }
    case 'fat':
      return best(
        policy,
        candidates.filter(([group]) => group!.instances === 1 && group!.threads === cores),
        run,
      );
    case 'thin':
      return best(
        policy,
        candidates.filter(([group]) => group!.threads === 1),
        run,
      );
    case 'best-static':
      return best(policy, candidates, run);
  }
}

/** Packrat's policies begin with the fattest set, for batches of eight or so. */
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
  more: { readonly dispatch?: DispatchOptions; readonly standby?: number } = {},
): PolicyResult {
  const batches = { beganMs: [] as number[], items: [] as number[] };
  const keep = (beganMs: number, items: number): void => {
    batches.beganMs.push(beganMs);
    batches.items.push(items);
  };
  const result = simulateSet(groups, run, {
    ...{ controller, ...more },
    ...(run.keepsBatches ? { onBatch: keep } : {}),
  });
  const made = new Map(result.changes.map(({ decidedMs, switchedMs }) => [decidedMs, switchedMs]));
  const changes = proposed.map(({ nowMs, prepares: _prepares, ...proposal }) => ({
    ...proposal,
    decidedMs: nowMs,
    switchedMs: made.get(nowMs) ?? null,
  }));
  return { name, groups, result, changes, batches };
}

const runStatic = (name: string, groups: readonly Group[], run: PolicyRun): PolicyResult => ({
  name,
  groups,
  result: simulateSet(groups, run),
  changes: [],
  batches: noBatches,
});

function best(name: string, candidates: readonly (readonly Group[])[], run: PolicyRun): PolicyResult {
  if (candidates.length === 0) throw new RangeError(`Nothing is known of a set for ${name}. This is a bug.`);
  return { name, ...bestSet(candidates, run), changes: [], batches: noBatches };
}
