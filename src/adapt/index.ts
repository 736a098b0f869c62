export { changeCost, patienceFactor } from './change-cost.ts';
export { controllerOf, type LoadingModel } from './controller.ts';
export { FollowLoad, type FollowLoadOptions } from './follow-load.ts';
export { FollowQueue } from './follow-queue.ts';
export { type ChangeCost, Greedy, pressedMs } from './greedy.ts';
export { changeModel, firstSet, followLoad, followQueue, type StrategyOptions } from './make-strategy.ts';
export {
  type ChangePlan,
  type LivingInstance,
  membersOf,
  planChange,
  type WantedInstance,
} from './plan-change.ts';
export type { Moment, Proposal, Strategy } from './types.ts';
