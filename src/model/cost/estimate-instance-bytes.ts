import type { ShapeChoice } from '../resolve-shapes.ts';
import type { Model } from '../types.ts';
import { sizeOf, traceModel } from './model-cost.ts';
import type { TracedGraph } from './trace-graph.ts';

/** A process with Node and ONNX Runtime and a model of no size: 145 MB resident with Node 24 and ONNX Runtime 1.30. */
const processBytes = 145e6;
/**
 * Copies of a convolution's weights: as read, with the batch norm folded in, and in the channel-blocked layout (ResNet-50 at batch 1 was seen
 * at 412 MB, with 102 MB of weights). Matrices are used as they are mapped (BERT-base: 522 MB, with 438 MB).
 */
const convolutionCopies = 2.6;

/**
 * Memory that an instance needs at a batch, roughly: the process, the weights with the engine's copies, and the activations alive at the
 * busiest operator. Meant to refuse what can't fit, not to account for every page: within 30 % of what was
 * seen for the zoo. Throws `shape-invalid` as `resolveInputs` does.
 */
export async function estimateInstanceBytes(model: Model, choice: ShapeChoice): Promise<number> {
  const traced = await traceModel(model, choice);
  return Math.round(processBytes + weightBytes(traced) + peakActivationBytes(traced));
}

function weightBytes({ nodes, weights, values }: TracedGraph): number {
  const convolved = new Set(
    nodes.filter(({ view }) => view.node.opType === 'Conv').map(({ view }) => view.node.input[1]),
  );
  let bytes = 0;
  for (const name of weights) {
    const value = values.get(name);
    if (value !== undefined) bytes += sizeOf(value) * (convolved.has(name) ? convolutionCopies : 1);
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
