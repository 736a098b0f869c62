import { onnxTypeOf } from '../element-type.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** What the mask is made from. */
export interface MaskOptions {
  /** Boolean [batch, keys]: which tokens there are. */
  readonly present: string;
  /** Hidden states [batch, sequence, width], for their sizes. */
  readonly hidden: string;
  /** Whether a token sees only those before it. */
  readonly causal: boolean;
  /** [1, sequence] positions, where the graph has them already. */
  readonly positions?: string;
}

const toBool = { to: onnxTypeOf('bool') };
const toInt64 = { to: onnxTypeOf('int64') };
/** The lowest float32: what transformers adds where a token must not look. */
const lowest = -3.4028234663852886e38;

/**
 * The additive mask [batch, 1, sequence, keys] as `transformers.masking_utils` builds it for eager attention and PyTorch
 * traces it: index ranges, broadcast comparison, a gather from the mask, expand, and zero or the lowest float.
 */
export function attentionMask(
  graph: GraphBuilder,
  { present, hidden, causal, positions }: MaskOptions,
): string {
  const sequence = graph.size(hidden, 1);
  const keys = graph.size(present, 1);
  const batch = graph.size(hidden, 0);
  const items = unsqueeze(graph, range(graph, batch), [1, 2, 3]);
  const queryIndex = unsqueeze(
    graph,
    positions ?? range(graph, sequence),
    positions === undefined ? [0, 1, 3] : [1, 3],
  );
  const keyIndex = unsqueeze(graph, range(graph, keys), [0, 1, 2]);
  const always = graph.op('ConstantOfShape', [graph.integers([])], { value: { type: 'bool', item: 1 } });
  const seen = causal
    ? graph.op('LessOrEqual', [keyIndex, queryIndex])
    : graph.op('GreaterOrEqual', [queryIndex, graph.integers(0)]);
  const allowed = graph.op('And', [always, graph.op('Cast', [seen], toBool)]);
  const visible = graph.op('And', [allowed, presentKeys(graph, present, items, keyIndex)]);
  const shape = graph.shape([batch, -1, sequence, keys]);
  return graph.op('Where', [expand(graph, visible, shape), graph.floats(0), graph.floats(lowest)]);
}

/** `arange(size)`. */
export function range(graph: GraphBuilder, size: string): string {
  return graph.op('Range', [graph.integers(0), graph.op('Cast', [size], toInt64), graph.integers(1)]);
}

function unsqueeze(graph: GraphBuilder, x: string, axes: readonly number[]): string {
  return axes.reduce((value, axis) => graph.op('Unsqueeze', [value, graph.integers([axis])]), x);
}

/** `present[items, keys]`: advanced indexing becomes a gather from the flattened mask. */
function presentKeys(graph: GraphBuilder, present: string, items: string, keyIndex: string): string {
  const length = graph.op('Gather', [graph.op('Shape', [present]), graph.integers([1])], { axis: 0 });
  const flat = graph.op('Flatten', [present], { axis: 2 });
  const index = graph.op('Add', [keyIndex, graph.op('Mul', [items, length])]);
  const gathered = graph.op('Gather', [flat, index], { axis: 0 });
  const line = graph.op('Reshape', [gathered, graph.integers([-1])], { allowzero: 0 });
  const shape = graph.op('Concat', [graph.op('Shape', [index])], { axis: 0 });
  return graph.op('Cast', [graph.op('Reshape', [line, shape], { allowzero: 0 })], toBool);
}

/** PyTorch's `expand`, where -1 keeps a size: such sizes become 1 for ONNX. */
function expand(graph: GraphBuilder, x: string, shape: string): string {
  const sizes = graph.op('Reshape', [shape, graph.integers([-1])], { allowzero: 0 });
  const ones = graph.op('ConstantOfShape', [graph.op('Shape', [sizes])], {
    value: { type: 'int64', item: 1 },
  });
  const isKept = graph.op('Equal', [sizes, graph.op('Mul', [ones, graph.integers(-1)])]);
  return graph.op('Expand', [x, graph.op('Where', [isKept, ones, sizes])]);
}
