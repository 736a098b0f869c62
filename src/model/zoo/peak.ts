import { type BuiltGraph, GraphBuilder } from './graph-builder.ts';

/** Rows and columns of the weights; a batch of as many items makes the product square. */
export const peakSize = 2048;

/**
 * One matrix product with weights that the engine may lay out as it likes: float32 [batch, 2048] → [batch, 2048]. At batch 2048 nothing that
 * multiplies matrices is faster, and its rate stands for the machine's peak.
 */
export function buildPeak(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const x = graph.input('input', 'float32', ['batch', peakSize]);
  const weight = graph.weight('weight', [peakSize, peakSize], {
    kind: 'normal',
    deviation: Math.sqrt(1 / peakSize),
  });
  graph.output('output', graph.op('MatMul', [x, weight]), 'float32', ['batch', peakSize]);
  return graph.build();
}
