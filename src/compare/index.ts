export { compareCells } from './compare-cells.ts';
export { compareEnvironments, type Environment, type EnvironmentRow } from './environment.ts';
export { type MatchedCell, type Matching, matchCells } from './match-cells.ts';
export type * from './types.ts';
