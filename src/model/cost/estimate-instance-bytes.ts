import type { ShapeChoice } from '../resolve-shapes.ts';
import type { Model } from '../types.ts';
import { sizeOf, traceModel } from './model-cost.ts';
import type { TracedGraph } from './trace-graph.ts';

/** A process with Node and ONNX Runtime loaded and no model. */
const processBytes = 100e6;

/**
 * Memory that an instance needs at a batch, roughly: the process, the weights with the engine's packed copies, and the activations alive at the
 * busiest operator. Meant to refuse what can't fit, not to account for every page. Throws `shape-invalid` as `resolveInputs` does.
 */
export async function estimateInstanceBytes(model: Model, choice: ShapeChoice): Promise<number> {
  const traced = await traceModel(model, choice);
  return processBytes + weightBytes(traced) + peakActivationBytes(traced);
}

function weightBytes({ weights, values }: TracedGraph): number {
  let bytes = 0;
  for (const name of weights) {
    const value = values.get(name);
    if (value !== undefined) bytes += sizeOf(value);
  }
  return bytes;
}

/** The largest sum of sizes of inputs and results that are still needed. */
function peakActivationBytes({ nodes, values, weights }: TracedGraph): number {
  const lastUse = new Map<string, number>();
  for (const [index, { view }] of nodes.entries())
    for (const name of view.node.input) lastUse.set(name, index);
  const alive = new Map<string, number>();
  let [sum, peak] = [0, 0];
  const add = (name: string): void => {
    const value = values.get(name);
    if (value === undefined || weights.has(name) || alive.has(name)) return;
    alive.set(name, sizeOf(value));
    sum += sizeOf(value);
  };
  for (const [index, { view }] of nodes.entries()) {
    for (const name of [...view.node.input, ...view.node.output]) add(name);
    peak = Math.max(peak, sum);
    for (const name of view.node.input)
      if (lastUse.get(name) === index) {
        sum -= alive.get(name) ?? 0;
        alive.set(name, 0);
      }
  }
  return peak;
}
