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
export { baseOf, combinations } from './sweep/combinations.ts';
export { findAllocator, type Impossible, impossibleSettings, type Means } from './sweep/impossible.ts';
export { type Preset, presets, type SweepFile } from './sweep/presets.ts';
export { type Expanded, expand, type SweepPlaces } from './sweep/series.ts';
export { differenceWords, memoryWords, settingNames, valueWords } from './sweep/setting-words.ts';
export type * from './sweep/types.ts';
export type * from './types.ts';
