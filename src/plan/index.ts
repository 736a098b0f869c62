export {
  AdaptivePlanner,
  candidatePlaces,
  measurementsFor,
  type Place,
  type PlanningCase,
} from './adaptive/index.ts';
export { fatGroups, formatTuples, sameGroups, thinGroups } from './baselines.ts';
export {
  type ContentionFactor,
  type ContentionModel,
  type ContentionPair,
  type ContentionSetting,
  contentionFactor,
  fitContention,
} from './contention.ts';
export { type FitRange, fitCells } from './fit.ts';
export { instancesOf } from './for-load/instances-of.ts';
export { type LoadCandidatesOptions, loadCandidates } from './for-load/load-candidates.ts';
export { LoadPlanner, type LoadPlannerOptions } from './for-load/load-planner.ts';
export { serviceTimeOf } from './for-load/service-time.ts';
export type { LoadPrediction, SetRuns } from './for-load/set-runs.ts';
export {
  type HandSet,
  type LengthPlan,
  type LengthRange,
  type LengthsAnswer,
  type LengthsQuestion,
  type LengthTable,
  planLengths,
  type RangeSet,
} from './lengths.ts';
export type { Limits, NodeLimits } from './limits.ts';
export { formatGroups, groupsSyntax, parseGroups } from './parse-groups.ts';
export { formatLengths, parseLengths } from './parse-lengths.ts';
export { plan, rateGroups } from './plan.ts';
export { type MeanSpeedUp, type PlanCase, type PlanCases, planCases } from './plan-cases.ts';
export { type LatencyQuestion, planLatency } from './plan-latency.ts';
export { type ModelAnswer, type ModelQuestion, planModels } from './plan-models.ts';
export { predictSlowest, type ReplicaSamples } from './predict.ts';
export type { PlanQuestion, RunConditions, Target } from './question.ts';
export { groupsOf, type Solution, solve } from './solve.ts';
export type {
  Cell,
  CellOrigin,
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
