import { type Cell, type Group, LoadPlanner, loadCandidates, serviceTimeOf, solve } from '../plan/index.ts';
import { changeCost, leastLoadShare, loadingSlowdown } from './change-cost.ts';
import type { LoadingModel } from './controller.ts';
import { FollowLoad } from './follow-load.ts';
import { FollowQueue } from './follow-queue.ts';
import { peakSet } from './peak-set.ts';

/** What strategies rest on. */
export interface StrategyOptions {
  readonly cells: readonly Cell[];
  readonly cores: number;
  /** CPU time that starting an instance takes, as known at the moment. */
  readonly loadCpuMs: () => number;
  /** Instances that memory holds beside a set, at the moment. */
  readonly standbyRoom: () => number;
  readonly margin?: number;
  /** Requests of one simulation. */
  readonly requests?: number;
}

/** thinfer's own. */
export function followLoad(options: StrategyOptions): FollowLoad {
  const { cells, cores, loadCpuMs, standbyRoom, margin, requests } = options;
  const serviceMs = serviceTimeOf(cells);
  const candidates = loadCandidates(cells, { cores });
  const planner = new LoadPlanner({
    ...{ candidates, cores, serviceMs },
    ...(requests === undefined ? {} : { requests }),
  });
  return new FollowLoad({
    ...{ planner, cores, serviceMs },
    cost: (from, to, { busyShare, keepsUp }, standby) =>
      changeCost(from, to, { cores, busyShare, keepsUp, loadCpuMs: loadCpuMs(), standby }),
    standbyRoom,
    change: () => changeModel(loadCpuMs()),
    ...(margin === undefined ? {} : { margin }),
  });
}

/**
 * What to begin with where the load is not known: the set that is best at nearly the most that any set answers. To change to a better one while
 * little comes does no harm; to load more while too much comes does.
 */
export function firstSet({ cells, cores }: Pick<StrategyOptions, 'cells' | 'cores'>): readonly Group[] {
  const candidates = loadCandidates(cells, { cores });
  const planner = new LoadPlanner({ candidates, cores, serviceMs: serviceTimeOf(cells) });
  return peakSet(planner, { itemsPerRequest: 1, itemLength: 1 });
}

/** How thinfer's own changes come about, in simulation. */
export const changeModel = (loadCpuMs: number): LoadingModel => ({
  ...{ loadCpuMs, leastShare: leastLoadShare, slowdown: loadingSlowdown, leastMs: 0 },
});

/** Packrat's: the set with the shortest latency for the batch that is expected; where no set holds it, for the largest that one does. */
export function followQueue({ cells, cores }: Pick<StrategyOptions, 'cells' | 'cores'>): FollowQueue {
  const known = new Map<number, readonly Group[]>();
  const planFor = (items: number): readonly Group[] => {
    for (let size = items; size >= 1; size = Math.floor(size / 2)) {
      const found = solve(cells, cores, size);
      if (found !== null) return found.groups;
    }
    throw new RangeError('No set holds a single item. This is a bug.');
  };
  return new FollowQueue((items) => {
    const groups = known.get(items) ?? planFor(items);
    known.set(items, groups);
    return groups;
  });
}
