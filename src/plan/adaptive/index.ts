export { type CandidateQuestion, candidatePlaces } from './candidates.ts';
export { measurementsFor } from './measurements.ts';
export { placesFor } from './places.ts';
export { AdaptivePlanner, type AdaptiveQuestion, type PlanningCase } from './planner.ts';
export type { Place } from './prior.ts';
export {
  type CaseRegret,
  type Simulation,
  type SimulationQuestion,
  simulateAdaptive,
} from './simulate.ts';
