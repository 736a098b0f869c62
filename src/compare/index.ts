export { compareCells } from './compare-cells.ts';
export { compareEnvironments, type Environment, type EnvironmentRow } from './environment.ts';
export { type MatchedCell, type Matching, matchCells, sharedSeries } from './match-cells.ts';
export type * from './types.ts';
