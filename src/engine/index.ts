export {
  type Binding,
  type Engine,
  type EngineSettings,
  type MemoryTensor,
  type OptimizationLevel,
  type OutputMemory,
  type OutputShape,
  type Signature,
  tensorBytes,
} from './engine.ts';
export { describeEngine, loadEngine } from './load-engine.ts';
export { type NullWork, parseNullWork } from './null.ts';
export { readStrings, stringsLength, writeStrings } from './strings.ts';
