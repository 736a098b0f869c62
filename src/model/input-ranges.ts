import type { GraphProto, NodeProto } from './generated/onnx_pb.ts';
import type { InputRange, TensorSpec } from './types.ts';

/**
 * What generated integers of each input may be. An input that picks rows of a table (`Gather` over weights) gets
 * the table's rows: token ids stay within the vocabulary, token types within theirs. An input named mask, or one of
 * the shape of token ids that picks no rows, gets ones; bytes get their whole range; other integers 0 and 1.
 */
export function findInputRanges(
  graph: GraphProto,
  inputs: readonly TensorSpec[],
): Record<string, InputRange> {
  const rows = tableRows(graph);
  const integers = inputs.filter(({ type }) => /int|bool/.test(type));
  const idShapes = new Set(
    integers.filter(({ name }) => rows.has(name)).map(({ shape }) => JSON.stringify(shape)),
  );
  return Object.fromEntries(
    integers.map((spec) => {
      const table = rows.get(spec.name);
      if (table !== undefined) return [spec.name, { low: 0, high: table }];
      const isMask = /mask/i.test(spec.name) || idShapes.has(JSON.stringify(spec.shape));
      return [spec.name, isMask ? { low: 1, high: 2 } : rangeOfType(spec)];
    }),
  );
}

function rangeOfType({ type }: TensorSpec): InputRange {
  if (type === 'uint8') return { low: 0, high: 256 };
  if (type === 'int8') return { low: -128, high: 128 };
  return { low: 0, high: 2 };
}

/** Operators that hand the same ids on. */
const passing = new Set([
  'Cast',
  'Identity',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Expand',
  'Slice',
]);

/** Rows of the smallest table that each tensor picks from, by the tensor's name. */
function tableRows(graph: GraphProto): Map<string, number> {
  const tables = tableSizes(graph);
  const rows = new Map<string, number>();
  const limit = (ids: string | undefined, size: number | undefined): void => {
    if (ids && size !== undefined) rows.set(ids, Math.min(size, rows.get(ids) ?? Infinity));
  };
  // Nodes are in topological order, so one walk backwards carries a limit to the input it came from.
  for (const node of graph.node.toReversed()) {
    if (node.opType === 'Gather' && axisOf(node) === 0) limit(node.input[1], tables.get(node.input[0] ?? ''));
    if (node.opType === 'EmbedLayerNormalization') {
      limit(node.input[0], tables.get(node.input[2] ?? ''));
      limit(node.input[1], tables.get(node.input[4] ?? ''));
    }
    if (passing.has(node.opType)) limit(node.input[0], rows.get(node.output[0] ?? ''));
  }
  return rows;
}

function axisOf(node: NodeProto): number {
  return Number(node.attribute.find(({ name }) => name === 'axis')?.i ?? 0n);
}

/** First dimension of every tensor of weights with two or more, through operators that keep it. */
function tableSizes(graph: GraphProto): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, dims } of graph.initializer) if (dims.length >= 2) sizes.set(name, Number(dims[0]));
  for (const node of graph.node) {
    const [output = ''] = node.output;
    const constant =
      node.opType === 'Constant' ? node.attribute.find(({ name }) => name === 'value')?.t : undefined;
    if (constant !== undefined && constant.dims.length >= 2) sizes.set(output, Number(constant.dims[0]));
    const size = sizes.get(node.input[0] ?? '');
    if (size !== undefined && /^(Cast|Identity|DequantizeLinear)$/.test(node.opType)) sizes.set(output, size);
  }
  return sizes;
}
