import { onnxTypeOf } from '../element-type.ts';
import { attention } from './attention.ts';
import { attentionMask, range } from './attention-mask.ts';
import { type BuiltGraph, GraphBuilder, sliceEnd } from './graph-builder.ts';
import { initOfBert, layerNorm } from './layers.ts';

/** GPT-2 small (Radford et al. 2019, table 2). */
const sizes = { vocabulary: 50_257, positions: 1024, width: 768, layers: 12, heads: 12 };
const epsilon = 1e-5;
const toFloat = { to: onnxTypeOf('float32') };

/**
 * GPT-2 small without a language-model head and without a cache of keys, as transformers' eager attention is exported: int64 input_ids and
 * attention_mask [batch, sequence] → last_hidden_state [batch, sequence, 768].
 */
export function buildGpt2(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const given = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = graph.input('attention_mask', 'int64', ['batch', 'sequence']);
  const sequence = graph.size(given, 1);
  const ids = reshape(graph, given, [-1, sequence]);
  const words = graph.op('Gather', [
    graph.weight('wte.weight', [sizes.vocabulary, sizes.width], initOfBert),
    ids,
  ]);
  const positions = graph.op('Unsqueeze', [range(graph, graph.size(words, 1)), graph.integers([0])]);
  const places = graph.op('Gather', [
    graph.weight('wpe.weight', [sizes.positions, sizes.width], initOfBert),
    positions,
  ]);
  let hidden = graph.op('Add', [words, graph.op('Cast', [places], toFloat)]);
  const present = graph.op('Cast', [reshape(graph, mask, [graph.size(ids, 0), -1])], {
    to: onnxTypeOf('bool'),
  });
  const bias = attentionMask(graph, { present, hidden: words, causal: true, positions });
  const width = lastSize(graph, hidden);
  for (let layer = 0; layer < sizes.layers; layer++) hidden = block(graph, `h.${layer}`, hidden, bias);
  hidden = layerNorm(graph, hidden, 'ln_f', sizes.width, epsilon);
  hidden = reshape(graph, hidden, [-1, sequence, width]);
  graph.output('last_hidden_state', hidden, 'float32', ['batch', 'sequence', sizes.width]);
  return graph.build();
}

function reshape(graph: GraphBuilder, x: string, shape: readonly (number | string)[]): string {
  return graph.op('Reshape', [x, graph.shape(shape)], { allowzero: 0 });
}

/** `x.size(-1)` as PyTorch traces it: a slice of the shape, squeezed. */
function lastSize(graph: GraphBuilder, x: string): string {
  const slice = graph.op('Slice', [
    graph.op('Shape', [x]),
    graph.integers([-1]),
    graph.integers([sliceEnd]),
    graph.integers([0]),
  ]);
  return graph.op('Squeeze', [slice, graph.integers([0])]);
}

function block(graph: GraphBuilder, key: string, hidden: string, mask: string): string {
  const { width } = sizes;
  const attended = attend(
    graph,
    `${key}.attn`,
    layerNorm(graph, hidden, `${key}.ln_1`, width, epsilon),
    mask,
  );
  const middle = graph.op('Add', [attended, hidden]);
  const normed = layerNorm(graph, middle, `${key}.ln_2`, width, epsilon);
  const wide = gelu(graph, project(graph, normed, `${key}.mlp.c_fc`, width, 4 * width));
  return graph.op('Add', [middle, project(graph, wide, `${key}.mlp.c_proj`, 4 * width, width)]);
}

function attend(graph: GraphBuilder, key: string, x: string, mask: string): string {
  const { width, heads } = sizes;
  const joint = project(graph, x, `${key}.c_attn`, width, 3 * width);
  const parts = graph.ops('Split', [joint, graph.integers([width, width, width])], { axis: 2 }, 3);
  const [first, second, third] = parts as [string, string, string];
  const split = (part: string, like: string): string =>
    reshape(graph, part, [graph.size(like, 0), graph.size(like, 1), -1, width / heads]);
  const query = split(first, first);
  const keys = split(second, second);
  // Values take their sizes from the keys in transformers' code; ONNX Runtime then folds one reshape less.
  const values = split(third, second);
  const mixed = attention(graph, { query, keys, values, mask, headWidth: width / heads, castWeights: true });
  const joined = reshape(graph, mixed, [graph.size(mixed, 0), graph.size(mixed, 1), -1]);
  return project(graph, joined, `${key}.c_proj`, width, width);
}

/** transformers' `Conv1D`: a `Gemm` over [batch·sequence, from], weights kept [from, to]. */
function project(graph: GraphBuilder, x: string, key: string, from: number, to: number): string {
  const [batch, sequence] = [graph.size(x, 0), graph.size(x, 1)];
  const flat = reshape(graph, x, [-1, lastSize(graph, x)]);
  const weight = graph.weight(`${key}.weight`, [from, to], initOfBert);
  const bias = graph.weight(`${key}.bias`, [to], initOfBert);
  const product = graph.op('Gemm', [flat, weight, bias], { alpha: { float: 1 }, beta: { float: 1 } });
  return reshape(graph, product, [batch, sequence, to]);
}

/** GELU's tanh approximation (Hendrycks and Gimpel 2016), in the order in which transformers' `NewGELUActivation` writes it. */
function gelu(graph: GraphBuilder, x: string): string {
  const half = graph.op('Mul', [x, graph.floats(0.5)]);
  const cube = graph.op('Mul', [graph.op('Pow', [x, graph.floats(3)]), graph.floats(0.044715)]);
  const inner = graph.op('Mul', [graph.op('Add', [x, cube]), graph.floats(Math.sqrt(2 / Math.PI))]);
  return graph.op('Mul', [half, graph.op('Add', [graph.op('Tanh', [inner]), graph.floats(1)])]);
}
