import type { GraphBuilder, WeightInit } from './graph-builder.ts';

/** A convolution without bias followed by a batch norm, as torchvision writes it. */
export interface ConvNormOptions {
  /** Names of the two modules in the `state_dict`. */
  readonly conv: string;
  readonly norm: string;
  readonly from: number;
  readonly to: number;
  /** Kernel height and width. */
  readonly kernel: readonly [number, number];
  /** Default: 1. */
  readonly stride?: number;
  /** Padding of height and width, on both sides. Default: none. */
  readonly padding?: readonly [number, number];
  /** PyTorch's default is 1e-5. */
  readonly epsilon?: number;
  /** Mean of the batch norm's scale. Default: 1. */
  readonly gain?: number;
}

/**
 * Conv + BatchNormalization, kept apart so that weights keep PyTorch's names; ONNX Runtime folds them when it loads,
 * as PyTorch's exporter does when it writes. Weights after He et al. 2015 (normal, variance 2 / fan-in), which doubles
 * the mean square of rectified activations; the running variance undoes that.
 */
export function convNorm(graph: GraphBuilder, x: string, options: ConvNormOptions): string {
  const { conv, norm, from, to, kernel, stride = 1, padding = [0, 0], epsilon = 1e-5, gain = 1 } = options;
  const deviation = Math.sqrt(2 / (from * kernel[0] * kernel[1]));
  const weight = graph.weight(`${conv}.weight`, [to, from, ...kernel], { kind: 'normal', deviation });
  const y = graph.op('Conv', [x, weight], {
    dilations: [1, 1],
    group: 1,
    kernel_shape: kernel,
    pads: [...padding, ...padding],
    strides: [stride, stride],
  });
  const statistics = [
    graph.weight(`${norm}.weight`, [to], { kind: 'uniform', low: 0.5 * gain, high: 1.5 * gain }),
    graph.weight(`${norm}.bias`, [to], { kind: 'normal', deviation: 0.1 }),
    graph.weight(`${norm}.running_mean`, [to], { kind: 'normal', deviation: 0.1 }),
    graph.weight(`${norm}.running_var`, [to], { kind: 'uniform', low: 1, high: 2 }),
  ];
  return graph.op('BatchNormalization', [y, ...statistics], { epsilon: { float: epsilon } });
}

/** `Gemm` with weights [out, in] and bias, as PyTorch exports a linear layer over two dimensions. */
export function linearGemm(graph: GraphBuilder, x: string, key: string, from: number, to: number): string {
  const weight = graph.weight(`${key}.weight`, [to, from], {
    kind: 'normal',
    deviation: Math.sqrt(1 / from),
  });
  const bias = graph.weight(`${key}.bias`, [to], { kind: 'normal', deviation: 0.02 });
  return graph.op('Gemm', [x, weight, bias], {
    alpha: { float: 1 },
    beta: { float: 1 },
    transB: 1,
  });
}

/** `MatMul` + `Add`, as PyTorch exports a linear layer over three dimensions; stored [in, out], where PyTorch keeps [out, in]. */
export function linear(graph: GraphBuilder, x: string, key: string, from: number, to: number): string {
  const weight = graph.weight(`${key}.weight`, [from, to], initOfBert, true);
  const product = graph.op('MatMul', [x, weight]);
  return graph.op('Add', [graph.weight(`${key}.bias`, [to], initOfBert), product]);
}

/** `LayerNormalization` over the last dimension. */
export function layerNorm(
  graph: GraphBuilder,
  x: string,
  key: string,
  width: number,
  epsilon: number,
): string {
  const scale = graph.weight(`${key}.weight`, [width], { kind: 'uniform', low: 0.8, high: 1.2 });
  const bias = graph.weight(`${key}.bias`, [width], initOfBert);
  return graph.op('LayerNormalization', [x, scale, bias], { axis: -1, epsilon: { float: epsilon } });
}

/** Deviation 0.02, as BERT (Devlin et al. 2019) and GPT-2 are initialised. */
export const initOfBert: WeightInit = { kind: 'normal', deviation: 0.02 };
