export { type CoreCell, coreCells, withSiblings } from './core-cells.ts';
export { coresStudy, leastGain, type PlacedPoint, placeName } from './cores-study.ts';
export {
  type EqualSet,
  equalSets,
  type InstancesQuestion,
  instancesStudy,
  type SetCurve,
  type SetPoint,
} from './instances-study.ts';
export type { Estimate, Ratio } from './quotient.ts';
export type * from './types.ts';
