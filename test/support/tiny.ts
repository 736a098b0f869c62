import type { EngineSettings, MemoryTensor } from '../../src/engine/index.ts';
import {
  type DimValues,
  fillInput,
  type Model,
  openModel,
  type ResolvedTensor,
  resolveInputs,
} from '../../src/model/index.ts';
import { modelCache } from './command.ts';

/** The smallest model of the zoo: float32 [batch, 3, 8, 8] → [batch, 10]. */
export function openTiny(): Promise<Model> {
  return openModel({ model: 'tiny', cacheDir: modelCache });
}

/** Settings of an engine for a model, one thread. */
export function settingsFor(model: Model, engine: string, threads = 1): EngineSettings {
  return {
    engine,
    modelFile: model.file,
    threads,
    optimization: 'all',
    spinAfterRun: false,
    signature: { inputs: model.inputs, outputs: model.outputs },
  };
}

/** Generated inputs on memory of their own. */
export function filledInputs(model: Model, batch: number, seed = 1, dims: DimValues = {}): MemoryTensor[] {
  return resolveInputs(model, { batch, dims }).map((tensor) => {
    const data = new Uint8Array(tensor.bytes);
    fillInput(model, tensor, data, seed);
    return { ...tensor, data };
  });
}

/** The tiny model's only output at a batch. */
export function tinyOutput(batch: number): ResolvedTensor {
  return { name: 'output', type: 'float32', shape: [batch, 10], bytes: 40 * batch };
}

/** Memory for a tensor. */
export function onMemory(tensor: ResolvedTensor): MemoryTensor {
  return { ...tensor, data: new Uint8Array(tensor.bytes) };
}
