import { bytesPerElement, elementCount } from '../element-size.ts';
import { readOnnx } from '../read-onnx.ts';
import { resolveInputs, type ShapeChoice } from '../resolve-shapes.ts';
import type { Model, ModelCost, OperatorCost } from '../types.ts';
import { operatorFlops } from './operator-flops.ts';
import { type TracedGraph, type TracedNode, traceGraph } from './trace-graph.ts';
import { makeValue, type Value } from './value.ts';

/** Operators that give their input another shape and move nothing. */
const views = new Set([
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Identity',
  'Shape',
  'Size',
  'Constant',
]);

/**
 * Work and traffic of one forward pass, computed from the graph as it is written (an engine that fuses operators moves less).
 * Throws `shape-invalid` as `resolveInputs` does.
 */
export async function modelCost(model: Model, choice: ShapeChoice): Promise<ModelCost> {
  return costOf(await traceModel(model, choice));
}

/** The model's graph with shapes at a batch and at values for the free dimensions. */
export async function traceModel(model: Model, choice: ShapeChoice): Promise<TracedGraph> {
  const resolved = resolveInputs(model, choice);
  const onnx = await readOnnx(model.file);
  const inputs = new Map(resolved.map(({ name, shape, type }) => [name, makeValue(shape, type)]));
  return traceGraph(onnx.graph, inputs, onnx.opset);
}

/** Cost of a traced graph. */
export function costOf(traced: TracedGraph): ModelCost {
  const byOperator: Record<string, OperatorCost> = {};
  const unknown = new Set<string>();
  const read = new Set<string>();
  for (const node of traced.nodes) {
    const { opType } = node.view.node;
    if (isFolded(node)) continue;
    if (!isKnown(node)) unknown.add(opType);
    const cost = byOperator[opType] ?? { count: 0, flops: 0, bytes: 0 };
    byOperator[opType] = {
      count: cost.count + 1,
      flops: cost.flops + flopsOf(node),
      bytes: cost.bytes + bytesOf(node, traced, read),
    };
  }
  const total = (pick: (cost: OperatorCost) => number): number =>
    Object.values(byOperator).reduce((sum, cost) => sum + pick(cost), 0);
  return {
    flops: total(({ flops }) => flops),
    bytes: total(({ bytes }) => bytes),
    unknown: [...unknown].sort(),
    byOperator,
  };
}

/** Shape computations: their results follow from the input shapes, and cost nothing worth counting. */
function isFolded({ outputs }: TracedNode): boolean {
  return outputs.length > 0 && outputs.every((value) => value?.data !== undefined);
}

function isKnown({ view, outputs }: TracedNode): boolean {
  return outputs[0] !== undefined && operatorFlops.has(view.node.opType) && !view.hasBody;
}

function flopsOf({ view, outputs: [output] }: TracedNode): number {
  return output === undefined ? 0 : (operatorFlops.get(view.node.opType)?.(view, output) ?? 0);
}

/** Activations in and out each time, weights the first time; a table that rows are picked from counts as the rows picked. */
function bytesOf({ view, outputs }: TracedNode, traced: TracedGraph, read: Set<string>): number {
  if (views.has(view.node.opType)) return 0;
  let bytes = 0;
  for (const [position, name] of view.node.input.entries()) {
    const isTable = position === 0 && view.node.opType === 'Gather';
    const value = isTable ? outputs[0] : view.inputs[position];
    if (value === undefined || (traced.weights.has(name) && !isTable && read.has(name))) continue;
    read.add(name);
    bytes += sizeOf(value);
  }
  return outputs.reduce((sum, value) => sum + (value === undefined ? 0 : sizeOf(value)), bytes);
}

/** Bytes of a value. */
export function sizeOf({ shape, type }: Value): number {
  return elementCount(shape) * bytesPerElement(type);
}
