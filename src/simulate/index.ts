export { AlikeRuns } from './alike-runs.ts';
export { streamOf } from './arrivals.ts';
export { simulate } from './simulation.ts';
export type {
  ChangeModel,
  ChangeRecord,
  Controller,
  LateBound,
  ServiceTime,
  SimulatedChange,
  SimulatedInstance,
  SimulationOptions,
  SimulationResult,
  Stream,
} from './types.ts';
