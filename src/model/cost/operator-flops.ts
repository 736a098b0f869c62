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

/** Operators that only move elements, or are gone once shapes are known. */
const free = (): number => 0;

/**
 * Floating-point operations by operator type, multiply and add counted apart. Point-wise functions count one per
 * element whatever they cost; softmax five (maximum, subtract, exponential, sum, divide), layer norm eight.
 */
export const operatorFlops: ReadonlyMap<string, Flops> = new Map([
  ...each('Conv FusedConv ConvInteger QLinearConv', conv),
  ...each('MatMul MatMulInteger QLinearMatMul', matMul),
  ...each('Gemm FusedGemm', gemm),
  ...each('MaxPool AveragePool LpPool', pool),
  ...each('LSTM GRU RNN', recurrent),
  ...each(
    'GlobalAveragePool GlobalMaxPool GlobalLpPool ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax ArgMin CumSum TopK',
    inputElements,
  ),
  ...each('Softmax LogSoftmax', perOutput(5)),
  ...each('LayerNormalization InstanceNormalization GroupNormalization', perOutput(8)),
  ...each('SkipLayerNormalization', perOutput(9)),
  ...each('BatchNormalization LpNormalization MeanVarianceNormalization', perOutput(2)),
  ...each('Gelu FastGelu QuickGelu BiasGelu', perOutput(5)),
  ...each(
    'Relu Sigmoid Tanh Erf Exp Log Sin Cos Tan Sign Reciprocal LeakyRelu Elu Selu Celu HardSigmoid HardSwish Mish Softplus Softsign ThresholdedRelu Hardmax Clip LRN Shrink Abs Ceil Floor Neg Not Round Sqrt Add Sub Mul Div Mod Pow Max Min Sum Mean Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu BitShift Where DynamicQuantizeLinear QuantizeLinear DequantizeLinear Resize Upsample IsNaN IsInf',
    outputs,
  ),
  ...each(
    'Identity Cast Constant ConstantOfShape Range Dropout Trilu ScatterND ScatterElements Scatter Shape Size Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Gather GatherElements GatherND Expand Tile Pad DepthToSpace SpaceToDepth OneHot EyeLike NonZero',
    free,
  ),
  ['ConvTranspose', convTranspose],
  ['FusedMatMul', fusedMatMul],
  ['Einsum', einsum],
]);
