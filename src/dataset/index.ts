export { datasetsOfPoints, type MeasuredPlace, noFacts, type PointFacts } from './from-points.ts';
export { datasetsOfTables } from './from-tables.ts';
export { gridOfResults, gridsOfDatasets, type ResultRow, type ResultRows } from './grids.ts';
export type { NamedTable } from './pair-tables.ts';
export { keyOf } from './place-of-table.ts';
export { type Choice, cellsWith, chooseVariant, distinctNumbers, measuredCells, placeKey } from './select.ts';
export * from './types.ts';
