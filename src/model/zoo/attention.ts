import { onnxTypeOf } from '../element-type.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** Queries, keys and values [batch, sequence, heads, headWidth]. */
export interface AttentionInputs {
  readonly query: string;
  readonly keys: string;
  readonly values: string;
  readonly mask: string;
  readonly headWidth: number;
  /** Whether the weights pass a cast to float32, as in GPT-2's code. Default: false. */
  readonly castWeights?: boolean;
}

/**
 * Scaled dot-product attention with an additive mask (Vaswani et al. 2017, 3.2.1), in the order in which transformers'
 * eager attention writes it; gives [batch, sequence, heads, headWidth].
 */
export function attention(graph: GraphBuilder, inputs: AttentionInputs): string {
  const query = graph.op('Transpose', [inputs.query], { perm: [0, 2, 1, 3] });
  const values = graph.op('Transpose', [inputs.values], { perm: [0, 2, 1, 3] });
  const keys = graph.op('Transpose', [inputs.keys], { perm: [0, 2, 3, 1] });
  const scores = graph.op('MatMul', [query, keys]);
  const scaled = graph.op('Mul', [scores, graph.floats(1 / Math.sqrt(inputs.headWidth))]);
  const weights = graph.op('Softmax', [graph.op('Add', [scaled, inputs.mask])], { axis: -1 });
  const cast = inputs.castWeights ? graph.op('Cast', [weights], { to: onnxTypeOf('float32') }) : weights;
  const mixed = graph.op('MatMul', [cast, values]);
  return graph.op('Transpose', [mixed], { perm: [0, 2, 1, 3] });
}
