import { type BuiltGraph, GraphBuilder } from './graph-builder.ts';

/**
 * Models whose rates stand for a machine's peak, and batches of which the best counts: small ones stay in the caches of few cores, large ones keep
 * many busy.
 */
export const peakModels: readonly { readonly name: string; readonly batches: readonly number[] }[] = [
  { name: 'peak-convolution', batches: [1, 4, 16] },
  { name: 'peak-product', batches: [256, 2048] },
];

/** Rows and columns of the weights. */
const productSize = 2048;

/** One matrix product with weights that the engine may lay out as it likes: float32 [batch, 2048] → [batch, 2048]. */
export function buildPeakProduct(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const x = graph.input('input', 'float32', ['batch', productSize]);
  const weight = graph.weight('weight', [productSize, productSize], {
    kind: 'normal',
    deviation: Math.sqrt(1 / productSize),
  });
  graph.output('output', graph.op('MatMul', [x, weight]), 'float32', ['batch', productSize]);
  return graph.build();
}

const channels = 256;
const side = 28;
const kernel = 3;

/**
 * One 3 × 3 convolution of 256 channels on 28 × 28 places: float32 [batch, 256, 28, 28] → the same. Where the engine blocks channels for vector
 * registers, as ONNX Runtime does on x86-64, it does a fifth more than the matrix product.
 */
export function buildPeakConvolution(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const shape = ['batch', channels, side, side] as const;
  const x = graph.input('input', 'float32', shape);
  const weight = graph.weight('weight', [channels, channels, kernel, kernel], {
    kind: 'normal',
    deviation: Math.sqrt(1 / (channels * kernel * kernel)),
  });
  const y = graph.op('Conv', [x, weight], {
    dilations: [1, 1],
    group: 1,
    kernel_shape: [kernel, kernel],
    pads: [1, 1, 1, 1],
    strides: [1, 1],
  });
  graph.output('output', y, 'float32', shape);
  return graph.build();
}
