import { onnxTypeOf } from '../element-type.ts';
import { attention } from './attention.ts';
import { attentionMask } from './attention-mask.ts';
import { type BuiltGraph, GraphBuilder } from './graph-builder.ts';
import { initOfBert, layerNorm, linear, linearGemm } from './layers.ts';

/** Sizes of a BERT encoder (Devlin et al. 2019). */
export interface BertSizes {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width between the two linear layers of a block. */
  readonly inner: number;
}

export const bertBase: BertSizes = {
  vocabulary: 30_522,
  positions: 512,
  width: 768,
  layers: 12,
  heads: 12,
  inner: 3072,
};
export const bertBaseCased: BertSizes = { ...bertBase, vocabulary: 28_996 };
export const bertLarge: BertSizes = { ...bertBase, width: 1024, layers: 24, heads: 16, inner: 4096 };
/** For tests. */
export const bertTiny: BertSizes = {
  vocabulary: 200,
  positions: 64,
  width: 32,
  layers: 2,
  heads: 2,
  inner: 64,
};

/** What stands on top: the pooler, SQuAD's span head, or MRPC's two classes. */
export type BertHead = 'pooler' | 'span' | 'classes';

const epsilon = 1e-12;

/**
 * BERT as transformers' eager attention is exported: int64 input_ids, attention_mask and token_type_ids [batch, sequence] →
 * last_hidden_state and pooler_output, start_logits and end_logits [batch, sequence], or logits [batch, 2].
 */
export function buildBert(name: string, sizes: BertSizes, head: BertHead): BuiltGraph {
  const graph = new GraphBuilder(name);
  const [ids, mask, types] = ['input_ids', 'attention_mask', 'token_type_ids'].map((input) =>
    graph.input(input, 'int64', ['batch', 'sequence']),
  ) as [string, string, string];
  const prefix = head === 'pooler' ? '' : 'bert.';
  let hidden = embed(graph, `${prefix}embeddings`, sizes, ids, types);
  const present = graph.op('Cast', [mask], { to: onnxTypeOf('bool') });
  const bias = attentionMask(graph, { present, hidden, causal: false });
  for (let layer = 0; layer < sizes.layers; layer++)
    hidden = block(graph, `${prefix}encoder.layer.${layer}`, sizes, hidden, bias);
  addHead(graph, head, sizes.width, hidden);
  return graph.build();
}

function embed(graph: GraphBuilder, key: string, sizes: BertSizes, ids: string, types: string): string {
  const table = (name: string, rows: number, index: string): string =>
    graph.op('Gather', [graph.weight(`${key}.${name}.weight`, [rows, sizes.width], initOfBert), index]);
  const end = graph.op('Unsqueeze', [graph.size(ids, 1), graph.integers([0])]);
  const all = graph.integers(
    Array.from({ length: sizes.positions }, (_, position) => position),
    [1, sizes.positions],
  );
  const axis = graph.integers([1]);
  const positions = graph.op('Slice', [all, graph.integers([0]), end, axis, axis]);
  const words = table('word_embeddings', sizes.vocabulary, ids);
  const sum = graph.op('Add', [words, table('token_type_embeddings', 2, types)]);
  const placed = graph.op('Add', [sum, table('position_embeddings', sizes.positions, positions)]);
  return layerNorm(graph, placed, `${key}.LayerNorm`, sizes.width, epsilon);
}

function block(graph: GraphBuilder, key: string, sizes: BertSizes, hidden: string, mask: string): string {
  const { width, inner } = sizes;
  const attended = attend(graph, `${key}.attention.self`, sizes, hidden, mask);
  const mixed = linear(graph, attended, `${key}.attention.output.dense`, width, width);
  const middle = layerNorm(
    graph,
    graph.op('Add', [mixed, hidden]),
    `${key}.attention.output.LayerNorm`,
    width,
    epsilon,
  );
  const wide = gelu(graph, linear(graph, middle, `${key}.intermediate.dense`, width, inner));
  const narrow = linear(graph, wide, `${key}.output.dense`, inner, width);
  return layerNorm(graph, graph.op('Add', [narrow, middle]), `${key}.output.LayerNorm`, width, epsilon);
}

function attend(graph: GraphBuilder, key: string, sizes: BertSizes, hidden: string, mask: string): string {
  const { width, heads } = sizes;
  const batch = graph.size(hidden, 0);
  const sequence = graph.size(hidden, 1);
  const split = (part: string): string =>
    graph.op(
      'Reshape',
      [
        linear(graph, hidden, `${key}.${part}`, width, width),
        graph.shape([batch, sequence, -1, width / heads]),
      ],
      { allowzero: 0 },
    );
  const [query, keys, values] = [split('query'), split('key'), split('value')];
  const mixed = attention(graph, { query, keys, values, mask, headWidth: width / heads });
  return graph.op('Reshape', [mixed, graph.shape([batch, sequence, -1])], { allowzero: 0 });
}

/** The exact GELU, x·(1 + erf(x/√2))/2 (Hendrycks and Gimpel 2016), in the order in which PyTorch writes it. */
function gelu(graph: GraphBuilder, x: string): string {
  const erf = graph.op('Erf', [graph.op('Div', [x, graph.floats(Math.SQRT2)])]);
  const product = graph.op('Mul', [x, graph.op('Add', [erf, graph.floats(1)])]);
  return graph.op('Mul', [product, graph.floats(0.5)]);
}

function addHead(graph: GraphBuilder, head: BertHead, width: number, hidden: string): void {
  if (head === 'span') {
    addSpanHead(graph, width, hidden);
    return;
  }
  if (head === 'pooler') graph.output('last_hidden_state', hidden, 'float32', ['batch', 'sequence', width]);
  const hiddenName = head === 'pooler' ? 'last_hidden_state' : hidden;
  const key = head === 'pooler' ? 'pooler.dense' : 'bert.pooler.dense';
  const first = graph.op('Gather', [hiddenName, graph.integers(0)], { axis: 1 });
  const pooled = graph.op('Tanh', [linearGemm(graph, first, key, width, width)]);
  if (head === 'pooler') graph.output('pooler_output', pooled, 'float32', ['batch', width]);
  else graph.output('logits', linearGemm(graph, pooled, 'classifier', width, 2), 'float32', ['batch', 2]);
}

function addSpanHead(graph: GraphBuilder, width: number, hidden: string): void {
  const logits = linear(graph, hidden, 'qa_outputs', width, 2);
  const parts = graph.ops('Split', [logits, graph.integers([1, 1])], { axis: -1 }, 2);
  for (const [index, name] of ['start_logits', 'end_logits'].entries()) {
    const squeezed = graph.op('Squeeze', [parts[index]!, graph.integers([2])]);
    graph.output(name, squeezed, 'float32', ['batch', 'sequence']);
  }
}
