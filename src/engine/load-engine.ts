import { createRequire } from 'node:module';
import { ThinferError } from '../errors.ts';
import type { Engine, EngineSettings } from './engine.ts';
import { loadNull, parseNullWork } from './null.ts';
import { loadOnnxRuntime } from './onnxruntime.ts';

/** Loads a model with the engine that the settings name. Throws `usage` for a name nobody knows. */
export async function loadEngine(settings: EngineSettings): Promise<Engine> {
  return engineKind(settings.engine) === 'null' ? loadNull(settings) : loadOnnxRuntime(settings);
}

/** What stands in a point's address: the engine's name with its knobs, and its version. Loads nothing. */
export function describeEngine(engine: string): { readonly name: string; readonly version: string } {
  if (engineKind(engine) === 'null') {
    parseNullWork(engine);
    return { name: engine, version: '1' };
  }
  const version = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
  return { name: engine, version: String(version) };
}

function engineKind(engine: string): 'onnxruntime' | 'null' {
  const name = engine.split(':')[0];
  if (name === 'onnxruntime' || name === 'null') return name;
  throw new ThinferError('usage', `there is no engine "${engine}"`, {
    remedy: 'give --engine onnxruntime or null',
  });
}
