import { elementCount } from '../element-size.ts';
import { tensorTypeOf } from '../element-type.ts';
import type { TensorType } from '../types.ts';
import { choose, elementwise, unary } from './fold.ts';
import { layoutRules } from './layout-rules.ts';
import { matMulShape, productOf } from './matrix-product.ts';
import { type NodeView, positiveAxis, type ShapeRule } from './node-view.ts';
import { quantizedRules } from './quantized-rules.ts';
import { makeValue, valueOfTensor } from './value.ts';
import { windowRules } from './window-rules.ts';

/** Output like the first input. */
const same: ShapeRule = ({ inputs: [x] }) => (x === undefined ? undefined : [makeValue(x.shape, x.type)]);

const foldUnary: ShapeRule = ({ node, inputs: [x] }) =>
  x === undefined ? undefined : [makeValue(x.shape, x.type, x.data?.map(unary[node.opType]!))];

const combine: ShapeRule = ({ node, inputs }) => [elementwise(node.opType, inputs)];

const matMul: ShapeRule = ({ inputs: [a, b] }) => productOf(a, b, a?.type);

/** Products of integers; see `quantized-rules.ts` for those with scales. */
const matMulInteger: ShapeRule = ({ inputs: [a, b] }) => productOf(a, b, 'int32');

/** ONNX Runtime's `MatMul` with either side transposed first. */
const fusedMatMul: ShapeRule = (view) => {
  const [a, b] = view.inputs;
  if (a === undefined || b === undefined) return undefined;
  const swap = (shape: readonly number[], flag: string): readonly number[] =>
    view.int(flag, 0) === 1 ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
  const shape = matMulShape(swap(a.shape, 'transA'), swap(b.shape, 'transB'));
  return shape === undefined ? undefined : [makeValue(shape, a.type)];
};

const gemm: ShapeRule = (view) => {
  const [a, b] = view.inputs;
  if (a === undefined || b === undefined) return undefined;
  const rows = a.shape[view.int('transA', 0) === 1 ? 1 : 0]!;
  const columns = b.shape[view.int('transB', 0) === 1 ? 0 : 1]!;
  return [makeValue([rows, columns], a.type)];
};

const reduce: ShapeRule = (view) => {
  const [x] = view.inputs;
  const axes = view.intsOrInput('axes', 1);
  if (x === undefined || axes === null) return undefined;
  const all = axes === undefined || axes.length === 0;
  if (all && view.int('noop_with_empty_axes', 0) === 1) return same(view);
  const dropped = new Set(
    (all ? x.shape.map((_, axis) => axis) : axes).map((axis) => positiveAxis(axis, x.shape.length)),
  );
  return [makeValue(withoutAxes(x.shape, dropped, view.int('keepdims', 1) === 1), x.type)];
};

const argReduce: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const axis = positiveAxis(view.int('axis', 0), x.shape.length);
  return [makeValue(withoutAxes(x.shape, new Set([axis]), view.int('keepdims', 1) === 1), 'int64')];
};

function withoutAxes(shape: readonly number[], dropped: ReadonlySet<number>, keep: boolean): number[] {
  return shape.flatMap((size, axis) => (dropped.has(axis) ? (keep ? [1] : []) : [size]));
}

const cast: ShapeRule = (view) => {
  const [x] = view.inputs;
  const type = tensorTypeOf(view.int('to', 0));
  if (x === undefined || type === undefined) return undefined;
  return [
    makeValue(
      x.shape,
      type,
      x.data?.map((item) => castItem(item, type)),
    ),
  ];
};

function castItem(item: number, type: TensorType): number {
  if (type === 'bool') return item === 0 ? 0 : 1;
  return /int/.test(type) ? Math.trunc(item) : item;
}

const constant: ShapeRule = (view) => {
  const tensor = view.attribute('value')?.t;
  if (tensor !== undefined) return [valueOfTensor(tensor)];
  const ints = view.has('value_int') ? [view.int('value_int', 0)] : view.ints('value_ints');
  if (ints !== undefined) return [makeValue(view.has('value_int') ? [] : [ints.length], 'int64', ints)];
  if (view.has('value_float')) return [makeValue([], 'float32', [view.float('value_float', 0)])];
  const floats = view.attribute('value_floats')?.floats;
  return floats === undefined ? undefined : [makeValue([floats.length], 'float32', floats)];
};

const constantOfShape: ShapeRule = (view) => {
  const shape = view.inputs[0]?.data;
  if (shape === undefined) return undefined;
  const tensor = view.attribute('value')?.t;
  const item = tensor === undefined ? makeValue([1], 'float32', [0]) : valueOfTensor(tensor);
  if (item === undefined) return undefined;
  const count = elementCount(shape);
  const fill = item.data?.[0];
  return [
    makeValue(shape, item.type, count <= 4096 && fill !== undefined ? Array(count).fill(fill) : undefined),
  ];
};

const range: ShapeRule = ({ inputs: [start, limit, delta] }) => {
  const [from, to, step] = [start?.data?.[0], limit?.data?.[0], delta?.data?.[0]];
  if (from === undefined || to === undefined || step === undefined || start === undefined) return undefined;
  const count = Math.max(0, Math.ceil((to - from) / step));
  const data = count <= 4096 ? Array.from({ length: count }, (_, index) => from + index * step) : undefined;
  return [makeValue([count], start.type, data)];
};

const where: ShapeRule = ({ inputs: [condition, yes, no] }) =>
  condition === undefined || yes === undefined || no === undefined ? undefined : [choose(condition, yes, no)];

/** The norm; mean and deviation have the normalised axes reduced to 1. */
const layerNormalization: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const axis = positiveAxis(view.int('axis', -1), x.shape.length);
  const statistics = x.shape.map((size, each) => (each < axis ? size : 1));
  return [makeValue(x.shape, x.type), makeValue(statistics, 'float32'), makeValue(statistics, 'float32')];
};

const dropout: ShapeRule = ({ inputs: [x] }) =>
  x === undefined ? undefined : [makeValue(x.shape, x.type, x.data), makeValue(x.shape, 'bool')];

const booleanLike: ShapeRule = ({ inputs: [x] }) =>
  x === undefined ? undefined : [makeValue(x.shape, 'bool')];

/** Recurrent layers (LSTM, GRU, RNN): X [sequence, batch, input], W [directions, ·, input], hidden size as attribute. */
const recurrent: ShapeRule = (view) => {
  const [x, w] = view.inputs;
  if (x === undefined || w === undefined || view.int('layout', 0) !== 0) return undefined;
  const [sequence, batch] = x.shape as readonly [number, number, number];
  const state = makeValue([w.shape[0]!, batch, view.int('hidden_size', 0)], x.type);
  return [makeValue([sequence, ...state.shape.slice(0, 1), ...state.shape.slice(1)], x.type), state, state];
};

const einsum: ShapeRule = (view) => {
  const sizes = einsumSizes(view);
  const output = view.text('equation', '').replaceAll(' ', '').split('->')[1];
  const type = view.inputs[0]?.type;
  if (sizes === undefined || output === undefined || type === undefined) return undefined;
  return [
    makeValue(
      [...output].map((letter) => sizes.get(letter) ?? 1),
      type,
    ),
  ];
};

/** Size of every letter of an explicit `Einsum` equation; undefined for ellipses and unknown inputs. */
export function einsumSizes(view: NodeView): Map<string, number> | undefined {
  const [left = ''] = view.text('equation', '').replaceAll(' ', '').split('->');
  const sizes = new Map<string, number>();
  if (left.includes('.')) return undefined;
  for (const [position, term] of left.split(',').entries()) {
    const shape = view.inputs[position]?.shape;
    if (shape?.length !== term.length) return undefined;
    for (const [axis, letter] of [...term].entries()) sizes.set(letter, shape[axis]!);
  }
  return sizes;
}

function each(names: string, rule: ShapeRule): [string, ShapeRule][] {
  return names.split(' ').map((name) => [name, rule]);
}

/** Rules by operator type, of ONNX's own operator set and of ONNX Runtime's fused ones. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map([
  ...each(
    'Relu Sigmoid Tanh Erf Exp Log Sin Cos Tan Sign Reciprocal LeakyRelu Elu Selu Celu HardSigmoid HardSwish Mish Softplus Softsign ThresholdedRelu Softmax LogSoftmax Hardmax Clip BatchNormalization InstanceNormalization GroupNormalization LRN LpNormalization MeanVarianceNormalization CumSum Trilu ScatterND ScatterElements Scatter Gelu FastGelu QuickGelu BiasGelu SkipLayerNormalization Shrink',
    same,
  ),
  ...each('Abs Ceil Floor Identity Neg Not Round Sqrt', foldUnary),
  ...each(
    'Add Sub Mul Div Mod Pow Max Min Sum Mean Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu BitShift',
    combine,
  ),
  ...each(
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
    reduce,
  ),
  ...each('ArgMax ArgMin', argReduce),
  ['MatMul', matMul],
  ['MatMulInteger', matMulInteger],
  ...each('Gemm FusedGemm', gemm),
  ...each('LSTM GRU RNN', recurrent),
  ...each('IsNaN IsInf', booleanLike),
  ['FusedMatMul', fusedMatMul],
  ['Cast', cast],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
  ['Where', where],
  ['LayerNormalization', layerNormalization],
  ['Dropout', dropout],
  ['Einsum', einsum],
  ...quantizedRules,
  ...layoutRules,
  ...windowRules,
]);
