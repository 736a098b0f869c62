export { type ParseResultsOptions, parseResults } from './parse-results.ts';
export { precisionRank, takePrecision } from './precision.ts';
export {
  canonicalUnit,
  dimensionName,
  type ResultMeasure,
  type ResultRecord,
  recordsOf,
  settingText,
} from './records.ts';
export { rankOf } from './statistics.ts';
export type * from './types.ts';
