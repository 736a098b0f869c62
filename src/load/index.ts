export { arrivalsOf, type Extent } from './arrivals/arrivals.ts';
export { spanOf } from './arrivals/segments.ts';
export { type ParsedShape, parseShape, type Shape, shapesSyntax } from './arrivals/shape.ts';
export { type Origin, parseOrigin } from './http/origin.ts';
export { type Outcome, outcomes } from './outcome.ts';
export { csvOf, hdrLogOf } from './outputs.ts';
export {
  judgeMerged,
  type MergedPart,
  type MergedRun,
  mergeRuns,
  type RunFacts,
  type RunHeader,
  type RunRecords,
  readRecords,
} from './records/index.ts';
export { makeInputs, payloadPicker, type RequestInputs } from './requests/make-inputs.ts';
export { type PreparedRequests, prepareRequests } from './requests/prepare-requests.ts';
export { modelOfMetadata, parseMetadata } from './requests/remote-model.ts';
export { defaultTolerance, type Tolerance } from './requests/verifier.ts';
export { type LoadOptions, type LoadProgress, type LoadRun, type Loop, runLoad } from './run-load.ts';
export { type FoundRate, findRate, type SearchStep } from './search/find-rate.ts';
export type { SearchEnd } from './search/search-rate.ts';
export { type LoadSummary, summarise } from './summary.ts';
export { fetchRestMetadata } from './targets/fetch-metadata.ts';
export { fetchGrpcMetadata, OipGrpcTarget } from './targets/oip-grpc.ts';
export { type OipOptions, OipRestTarget } from './targets/oip-rest.ts';
export type { Target } from './targets/target.ts';
export { type RawBody, TorchServeTarget } from './targets/torchserve.ts';
export { parseThreshold, type Threshold } from './thresholds.ts';
export type { Trace } from './trace/parse-trace.ts';
export { type PlayedTrace, playTrace } from './trace/play-trace.ts';
export { readTrace } from './trace/read-trace.ts';
export { judgeRun, keepUpRule, type LoadVerdict } from './verdict.ts';
