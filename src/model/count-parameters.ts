import { isFloat, tensorTypeOf } from './element-type.ts';
import { externalReference } from './external-data.ts';
import type { GraphProto, NodeProto, TensorProto } from './generated/onnx_pb.ts';
import { forEachGraph } from './read-onnx.ts';

/**
 * Number of trainable weights of a graph, as papers count them: floating-point tensors of at least one dimension, and
 * integer ones that are dequantized or multiplied as they are. Each initializer counts once however often it is used,
 * as do two initializers at one place of the external data. Batch-norm statistics, scales, zero points and the constants
 * of `Clip`, `Resize`, `Pad` and the like are left out. Works without the weights' values.
 */
export function countParameters(graph: GraphProto): number {
  const seen = new Set<string>();
  let count = 0;
  forEachGraph(graph, (each) => {
    const constant = constantInputs(each);
    const quantized = quantizedWeights(each);
    for (const tensor of [...each.initializer, ...weightConstants(each)]) {
      const type = tensorTypeOf(tensor.dataType);
      const trainable = (type !== undefined && isFloat(type)) || quantized.has(tensor.name);
      if (!trainable || tensor.dims.length === 0 || constant.has(tensor.name)) continue;
      const place = placeOf(tensor);
      if (seen.has(place)) continue;
      seen.add(place);
      count += sizeOf(tensor);
    }
  });
  return count;
}

function sizeOf(tensor: TensorProto): number {
  return tensor.dims.reduce((product, size) => product * Number(size), 1);
}

function placeOf(tensor: TensorProto): string {
  const reference = externalReference(tensor);
  return reference === undefined
    ? `name ${tensor.name}`
    : `file ${reference.location} ${reference.offset} ${sizeOf(tensor)}`;
}

/** Inputs by position that are no weights: statistics, limits, scales, zero points. */
const constantPositions: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [3, 4],
  Clip: [1, 2],
  Resize: [1, 2],
  Upsample: [1],
  Pad: [2],
  Pow: [1],
  Where: [0],
  OneHot: [2],
  QuantizeLinear: [1, 2],
  DequantizeLinear: [1, 2],
  DynamicQuantizeLinear: [],
  MatMulInteger: [2, 3],
  ConvInteger: [2, 3],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QGemm: [1, 2, 4, 5, 7, 8],
  QLinearAdd: [1, 2, 4, 5, 6, 7],
  DynamicQuantizeMatMul: [2, 3],
  MatMulNBits: [2, 3],
};

/** Arithmetic with one number is a constant (√d, ε), not a weight. */
const arithmetic = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Equal', 'Less', 'Greater']);

function constantInputs(graph: GraphProto): Set<string> {
  const single = new Set(graph.initializer.filter((tensor) => sizeOf(tensor) === 1).map(({ name }) => name));
  const constant = new Set<string>();
  for (const node of graph.node) {
    for (const position of constantPositions[node.opType] ?? []) constant.add(node.input[position] ?? '');
    if (arithmetic.has(node.opType)) for (const name of node.input) if (single.has(name)) constant.add(name);
  }
  return constant;
}

const quantizedPositions: Readonly<Record<string, readonly number[]>> = {
  DequantizeLinear: [0],
  MatMulInteger: [1],
  ConvInteger: [1],
  QLinearMatMul: [3],
  QLinearConv: [3, 8],
  QGemm: [3, 6],
  DynamicQuantizeMatMul: [1],
};

function quantizedWeights(graph: GraphProto): Set<string> {
  const names = graph.node.flatMap((node) =>
    (quantizedPositions[node.opType] ?? []).map((position) => node.input[position] ?? ''),
  );
  return new Set(names);
}

const weightPositions: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  Gather: [0],
  BatchNormalization: [1, 2],
};

/** Exporters that write weights as `Constant` nodes: those that feed an operator with weights. */
function weightConstants(graph: GraphProto): TensorProto[] {
  const fed = new Set(graph.node.flatMap(weightInputs));
  return graph.node.flatMap((node) => {
    const tensor =
      node.opType === 'Constant' ? node.attribute.find(({ name }) => name === 'value')?.t : undefined;
    const name = node.output[0] ?? '';
    return tensor !== undefined && fed.has(name) ? [{ ...tensor, name }] : [];
  });
}

function weightInputs(node: NodeProto): string[] {
  return (weightPositions[node.opType] ?? []).map((position) => node.input[position] ?? '');
}
