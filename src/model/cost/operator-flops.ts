import { elementCount } from '../element-size.ts';
import type { NodeView } from './node-view.ts';
import { einsumSizes } from './shape-rules.ts';
import type { Value } from './value.ts';
import { kernelOf, weightsOf } from './window-rules.ts';

type Flops = (view: NodeView, output: Value) => number;

const outputs = (_: NodeView, { shape }: Value): number => elementCount(shape);
const inputElements = ({ inputs: [x] }: NodeView): number => elementCount(x?.shape ?? []);
const perOutput =
  (count: number): Flops =>
  (view, output) =>
    count * outputs(view, output);

/** Two operations for every weight of a filter and output element, one for the bias. */
const conv: Flops = (view, output) => {
  const weights = weightsOf(view)?.shape ?? [];
  const bias = view.inputs.length > 2 && view.node.opType !== 'QLinearConv' ? 1 : 0;
  return elementCount(output.shape) * (2 * elementCount(weights.slice(1)) + bias);
};

const convTranspose: Flops = (view) =>
  2 * inputElements(view) * elementCount(view.inputs[1]?.shape.slice(1) ?? []);

const matMul: Flops = ({ inputs: [a] }, { shape }) => 2 * (a?.shape.at(-1) ?? 1) * elementCount(shape);

const fusedMatMul: Flops = (view, { shape }) => {
  const depth = view.inputs[0]?.shape.at(view.int('transA', 0) === 1 ? -2 : -1) ?? 1;
  return 2 * depth * elementCount(shape);
};

const gemm: Flops = (view, { shape }) => {
  const depth = view.inputs[0]?.shape[view.int('transA', 0) === 1 ? 0 : 1] ?? 1;
  return elementCount(shape) * (2 * depth + (view.inputs.length > 2 ? 1 : 0));
};

/** ONNX Runtime's product with weights of a few bits: their shape is in attributes, a bias is the sixth input. */
const matMulNBits: Flops = (view, output) =>
  (2 * view.int('K', 0) + (view.node.input[5] ? 1 : 0)) * outputs(view, output);

/** ONNX Runtime's 8-bit products: of activations in float, or giving float; a bias is among the inputs that are added. */
const scaledProduct =
  (biasAt: number): Flops =>
  (view, output) =>
    matMul(view, output) + (view.node.input[biasAt] ? outputs(view, output) : 0);

/** ONNX Runtime's `Gemm` in 8 bits; the bias is the seventh input. */
const quantizedGemm: Flops = (view, output) => {
  const depth = view.inputs[0]?.shape[view.int('transA', 0) === 1 ? 0 : 1] ?? 1;
  return (2 * depth + (view.node.input[6] ? 1 : 0)) * outputs(view, output);
};

const pool: Flops = (view, output) => elementCount(output.shape) * elementCount(kernelOf(view));

const einsum: Flops = (view) =>
  (view.inputs.length > 1 ? 2 : 1) * elementCount([...(einsumSizes(view)?.values() ?? [])]);

/** The two products per gate, input and recurrent. */
const recurrent: Flops = ({ inputs: [x, w, r] }) => {
  const [sequence = 1, batch = 1] = x?.shape ?? [];
  return 2 * sequence * batch * (elementCount(w?.shape ?? []) + elementCount(r?.shape ?? []));
};

function each(names: string, flops: Flops): [string, Flops][] {
  return names.split(' ').map((name) => [name, flops]);
}

/** Operators that only move elements, write them in another format, or are gone once shapes are known. */
const free = (): number => 0;

/**
 * Floating-point operations by operator type, multiply and add counted apart. Point-wise functions count one per
 * element whatever they cost; softmax five (maximum, subtract, exponential, sum, divide), layer norm eight. Operations of quantized
 * operators count like those in float, and the change of formats around them nothing, so that a model's work is the same in every precision.
 */
export const operatorFlops: ReadonlyMap<string, Flops> = new Map([
  ...each('Conv FusedConv ConvInteger QLinearConv', conv),
  ...each('MatMul MatMulInteger QLinearMatMul', matMul),
  ...each('Gemm FusedGemm', gemm),
  ...each('MaxPool AveragePool LpPool QLinearAveragePool', pool),
  ...each('LSTM GRU RNN', recurrent),
  ...each(
    'GlobalAveragePool QLinearGlobalAveragePool QLinearReduceMean GlobalMaxPool GlobalLpPool ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax ArgMin CumSum TopK',
    inputElements,
  ),
  ...each('Softmax LogSoftmax QLinearSoftmax', perOutput(5)),
  ...each('LayerNormalization InstanceNormalization GroupNormalization', perOutput(8)),
  ...each('SkipLayerNormalization', perOutput(9)),
  ...each('BatchNormalization LpNormalization MeanVarianceNormalization', perOutput(2)),
  ...each('Gelu FastGelu QuickGelu BiasGelu', perOutput(5)),
  ...each(
    'Relu Sigmoid Tanh Erf Exp Log Sin Cos Tan Sign Reciprocal LeakyRelu Elu Selu Celu HardSigmoid HardSwish Mish Softplus Softsign ThresholdedRelu Hardmax Clip LRN Shrink Abs Ceil Floor Neg Not Round Sqrt Add Sub Mul Div Mod Pow Max Min Sum Mean Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu BitShift Where QLinearAdd QLinearMul QLinearSigmoid QLinearLeakyRelu Resize Upsample IsNaN IsInf',
    outputs,
  ),
  ...each(
    'Identity Cast QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearConcat Constant ConstantOfShape Range Dropout Trilu ScatterND ScatterElements Scatter Shape Size Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Gather GatherElements GatherND Expand Tile Pad DepthToSpace SpaceToDepth OneHot EyeLike NonZero',
    free,
  ),
  ['ConvTranspose', convTranspose],
  ['FusedMatMul', fusedMatMul],
  ['MatMulNBits', matMulNBits],
  ['DynamicQuantizeMatMul', scaledProduct(4)],
  ['MatMulIntegerToFloat', scaledProduct(6)],
  ['QGemm', quantizedGemm],
  ['Einsum', einsum],
]);
