export { judgeMerged } from './judge-merged.ts';
export { type MergedPart, type MergedRun, mergeRuns } from './merge-runs.ts';
export { type RunRecords, readRecords } from './read-records.ts';
export type { RunFacts, RunHeader } from './run-header.ts';
