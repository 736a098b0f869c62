import { groupsOf, instancesOf } from '../plan/index.ts';
import type { ChangeModel, Controller, SimulatedInstance } from '../simulate/index.ts';
import { planChange } from './plan-change.ts';
import type { Proposal, Strategy } from './types.ts';

/** How instances are loaded; how patiently is up to each proposal. */
export type LoadingModel = Omit<ChangeModel, 'patienceMs'>;

/** Lets a strategy change the set of a simulation. @param onPropose Told of each change that begins. */
export function controllerOf(
  strategy: Strategy,
  everyMs: number,
  how: LoadingModel,
  onPropose: (proposal: Proposal, nowMs: number) => void = () => {},
): Controller {
  return {
    everyMs,
    pressedMs: strategy.pressedMs,
    arrived: (items, nowMs, length) => strategy.arrived(items, nowMs, length),
    cut: (depth, nowMs) => strategy.cut(depth, nowMs),
    check: (nowMs, instances, waiting, standby, loading) => {
      const proposal = strategy.check({ nowMs, groups: groupsIn(instances), waiting, standby, loading });
      if (proposal === null) return null;
      if (!proposal.prepares) onPropose(proposal, nowMs);
      const { keep, start } = planChange(instances, instancesOf(proposal.groups));
      return {
        keep: keep.map(({ index }) => index),
        batches: keep.map(({ largestBatch }) => largestBatch),
        prepares: proposal.prepares,
        start: start.map(({ threads, largestBatch, cpus }) => ({ threads, largestBatch, cpus })),
        // What is not urgent can wait for as long as it takes: what is at hand takes over meanwhile where it must.
        how: { ...how, patienceMs: proposal.urgent ? 0 : Number.POSITIVE_INFINITY },
      };
    },
  };
}

const groupsIn = (instances: readonly SimulatedInstance[]) =>
  groupsOf(instances.map(({ threads, largestBatch }) => ({ threads, batch: largestBatch })));
