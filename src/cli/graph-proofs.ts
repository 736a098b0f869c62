import type { OptimizationLevel } from '../engine/index.ts';
import type { Model } from '../model/index.ts';
import {
  fileOperators,
  type SettingProof as GraphProof,
  optimizationLevels,
  optimizedOperators,
  type Precision,
  proveOptimization,
  provePrecision,
} from '../precision/index.ts';
import type { SettingProof } from '../profile/index.ts';

/** What the engine's own graph shows of a model's precision and of the graph optimization. */
export interface GraphProofs {
  readonly proofs: readonly SettingProof[];
  /** What was asked and is not so, one sentence each. */
  readonly differences: readonly string[];
}

/** Reads the graph that ONNX Runtime runs, and what it shows. The null engine runs none. */
export async function graphProofs(
  model: Model,
  precision: Precision,
  optimization: OptimizationLevel,
  {
    engine,
    cacheDir,
    signal,
  }: { readonly engine: string; readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<GraphProofs> {
  if (engine.startsWith('null')) return { proofs: [], differences: [] };
  const at = (level: OptimizationLevel) =>
    optimizedOperators({ model, optimization: level, cacheDir, signal });
  const operators = await at(optimization);
  const lower = optimizationLevels[optimizationLevels.indexOf(optimization) - 1];
  const below = lower === undefined ? await fileOperators(model.file) : await at(lower);
  const found: [string, GraphProof][] = [
    ['precision', provePrecision(precision, operators)],
    ['optimization', proveOptimization(optimization, operators, below)],
  ];
  return {
    proofs: found.map(([setting, proof]) => ({
      setting,
      asked: proof.asked,
      seen: proof.state === 'proven' ? proof.provenBy.join('; ') : proof.why,
      by: proof.state === 'proven' ? 'read' : 'request',
    })),
    differences: found.flatMap(([, proof]) => (proof.state === 'failed' ? proof.why : [])),
  };
}
