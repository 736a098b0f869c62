export { fatGroups, formatTuples, sameGroups, thinGroups } from './baselines.ts';
export { type FitRange, fitCells } from './fit.ts';
export {
  type HandSet,
  type LengthPlan,
  type LengthRange,
  type LengthsAnswer,
  type LengthsQuestion,
  planLengths,
  type RangeSet,
} from './lengths.ts';
export type { Limits, NodeLimits } from './limits.ts';
export { plan } from './plan.ts';
export { type MeanSpeedUp, type PlanCase, type PlanCases, planCases } from './plan-cases.ts';
export { type LatencyQuestion, planLatency } from './plan-latency.ts';
export { type ModelAnswer, type ModelQuestion, planModels } from './plan-models.ts';
  type LengthTable,
export { predictSlowest, type ReplicaSamples } from './predict.ts';
export type { PlanQuestion, Target } from './question.ts';
export { groupsOf, type Solution, solve } from './solve.ts';
export type {
  Cell,
  CellStep,
  ExplainedAnswer,
  ExplainedPlan,
  Goal,
  Group,
  Interval,
  Plan,
  PlanAnswer,
  PlanStep,
  Policy,
  RunnerUp,
  WhatIf,
} from './types.ts';
