export { fatGroups, formatTuples, sameGroups, thinGroups } from './baselines.ts';
export { type FitRange, fitCells } from './fit.ts';
export { type LatencyQuestion, planLatency } from './plan-latency.ts';
export { predictSlowest, type ReplicaSamples } from './predict.ts';
export { groupsOf, type Solution, solve } from './solve.ts';
export type { Cell, Group, Plan, PlanAnswer } from './types.ts';
