import type { GraphProto } from '../generated/onnx_pb.ts';
import { NodeView } from './node-view.ts';
import { shapeRules } from './shape-rules.ts';
import type { Value } from './value.ts';
import { valueOfTensor } from './value.ts';

/** A node with what is known of its inputs and outputs. */
export interface TracedNode {
  readonly view: NodeView;
  readonly outputs: readonly (Value | undefined)[];
}

/** A graph at given input shapes. */
export interface TracedGraph {
  readonly nodes: readonly TracedNode[];
  readonly values: ReadonlyMap<string, Value>;
  /** Names of the weights and other initializers. */
  readonly weights: ReadonlySet<string>;
}

/**
 * Follows shapes, and the elements of small integer tensors that shapes are computed with, through a graph whose input shapes are given.
 * Never fails: what can't be followed stays unknown.
 */
export function traceGraph(
  graph: GraphProto,
  inputs: ReadonlyMap<string, Value>,
  opset: number,
): TracedGraph {
  const values = new Map(inputs);
  const weights = new Set<string>();
  for (const tensor of graph.initializer) {
    const value = valueOfTensor(tensor);
    weights.add(tensor.name);
    if (value !== undefined) values.set(tensor.name, value);
  }
  const nodes = graph.node.map((node) => {
    const view = new NodeView(
      node,
      node.input.map((name) => values.get(name)),
      opset,
    );
    const outputs = outputsOf(view);
    for (const [index, value] of outputs.entries())
      if (value !== undefined && node.output[index]) values.set(node.output[index], value);
    return { view, outputs };
  });
  return { nodes, values, weights };
}

function outputsOf(view: NodeView): (Value | undefined)[] {
  const known = shapeRules.get(view.node.opType)?.(view);
  return view.node.output.map((_, index) => {
    const value = known?.[index];
    return value?.shape.every((size) => Number.isInteger(size) && size >= 0) ? value : undefined;
  });
}
