export { estimateInstanceBytes } from './cost/estimate-instance-bytes.ts';
export { inferOutputs } from './cost/infer-outputs.ts';
export { modelCost } from './cost/model-cost.ts';
export { countParameters } from './count-parameters.ts';
export { bytesPerElement, elementCount } from './element-size.ts';
export { tensorTypeOf } from './element-type.ts';
export { fillInput } from './fill-input.ts';
export { defaultCacheDir, type OpenOptions, openModel } from './open-model.ts';
export type { Progress } from './progress.ts';
export { RandomStream } from './random.ts';
export {
  type ResolvedOutput,
  resolveDims,
  resolveInputs,
  resolveOutputs,
  type ShapeChoice,
} from './resolve-shapes.ts';
export type * from './types.ts';
export { type MakeOptions, makeZooModel } from './zoo/make-zoo-model.ts';
export { peakModels } from './zoo/peak.ts';
export { listZoo, type ZooListing } from './zoo/zoo.ts';
