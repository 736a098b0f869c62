import { type ResolvedOutput, resolveOutputs, type ShapeChoice } from '../resolve-shapes.ts';
import type { Model } from '../types.ts';
import { sizeOf, traceModel } from './model-cost.ts';

/**
 * Shapes of the outputs as `resolveOutputs` gives them, and where a name says nothing (exporters invent names), followed through the graph; null where
 * that fails too. Throws `shape-invalid` as `resolveInputs` does.
 */
export async function inferOutputs(model: Model, choice: ShapeChoice): Promise<ResolvedOutput[]> {
  const outputs = resolveOutputs(model, choice);
  if (outputs.every(({ shape }) => shape !== null)) return outputs;
  const { values } = await traceModel(model, choice);
  return outputs.map((output) => {
    const value = values.get(output.name);
    if (output.shape !== null || value === undefined || output.type === 'string') return output;
    return { ...output, shape: value.shape, bytes: sizeOf(value) };
  });
}
