/** Shapes of quantized operators: ONNX's own, and those of ONNX Runtime (its `docs/ContribOperators.md`). */

import { elementwise } from './fold.ts';
import { productOf } from './matrix-product.ts';
import { positiveAxis, type ShapeRule } from './node-view.ts';
import { makeValue, type Value } from './value.ts';
import { windowRules } from './window-rules.ts';

const quantize: ShapeRule = ({ inputs: [x, , zero] }) =>
  x === undefined ? undefined : [makeValue(x.shape, zero?.type ?? 'uint8')];

const dequantize: ShapeRule = ({ inputs: [x, scale] }) =>
  x === undefined ? undefined : [makeValue(x.shape, scale?.type ?? 'float32')];

const dynamicQuantize: ShapeRule = ({ inputs: [x] }) =>
  x === undefined
    ? undefined
    : [makeValue(x.shape, 'uint8'), makeValue([], 'float32'), makeValue([], 'uint8')];

/** X, its scale and zero point, then W and its own. */
const qLinearMatMul: ShapeRule = ({ inputs }) => productOf(inputs[0], inputs[3], inputs[0]?.type);

/** Products that take or give float. */
const floatProduct: ShapeRule = ({ inputs: [a, b] }) => productOf(a, b, 'float32');

/** Weights of a few bits, packed: N rows of K each, both attributes. */
const matMulNBits: ShapeRule = (view) => {
  const [x] = view.inputs;
  return x === undefined ? undefined : [makeValue([...x.shape.slice(0, -1), view.int('N', 0)], x.type)];
};

const qGemm: ShapeRule = (view) => {
  const [a, , , b] = view.inputs;
  if (a === undefined || b === undefined) return undefined;
  const rows = a.shape[view.int('transA', 0) === 1 ? 1 : 0]!;
  const columns = b.shape[view.int('transB', 0) === 1 ? 0 : 1]!;
  return [makeValue([rows, columns], view.node.input[7] ? a.type : 'float32')];
};

/** A, its scale and zero point, then B and its own. */
const qLinearPair: ShapeRule = ({ inputs: [a, , , b] }) => {
  const result = elementwise('QLinearPair', [a, b]);
  return result === undefined ? undefined : [result];
};

const same: ShapeRule = ({ inputs: [x] }) => (x === undefined ? undefined : [makeValue(x.shape, x.type)]);

/** The result's scale and zero point, then of every input its own two behind it. */
const qLinearConcat: ShapeRule = (view) => {
  const parts = view.inputs.filter((_, position) => position % 3 === 2);
  const [first] = parts;
  if (first === undefined || parts.includes(undefined)) return undefined;
  const axis = positiveAxis(view.int('axis', 0), first.shape.length);
  const sum = (parts as Value[]).reduce((total, { shape }) => total + shape[axis]!, 0);
  return [makeValue(first.shape.with(axis, sum), first.type)];
};

const window = (operator: string): ShapeRule => new Map(windowRules).get(operator)!;

const qLinearReduceMean: ShapeRule = (view) => {
  const [x] = view.inputs;
  const axes = view.ints('axes');
  if (x === undefined || axes === undefined) return undefined;
  const dropped = new Set(axes.map((axis) => positiveAxis(axis, x.shape.length)));
  const keep = view.int('keepdims', 1) === 1;
  return [
    makeValue(
      x.shape.flatMap((size, axis) => (dropped.has(axis) ? (keep ? [1] : []) : [size])),
      x.type,
    ),
  ];
};

/** Rules by operator type. */
export const quantizedRules: readonly (readonly [string, ShapeRule])[] = [
  ['QuantizeLinear', quantize],
  ['DequantizeLinear', dequantize],
  ['DynamicQuantizeLinear', dynamicQuantize],
  ['QLinearMatMul', qLinearMatMul],
  ['DynamicQuantizeMatMul', floatProduct],
  ['MatMulIntegerToFloat', floatProduct],
  ['MatMulNBits', matMulNBits],
  ['QGemm', qGemm],
  ['QLinearAdd', qLinearPair],
  ['QLinearMul', qLinearPair],
  ['QLinearSigmoid', same],
  ['QLinearLeakyRelu', same],
  ['QLinearSoftmax', same],
  ['QLinearConcat', qLinearConcat],
  ['QLinearReduceMean', qLinearReduceMean],
  ['QLinearAveragePool', window('AveragePool')],
  ['QLinearGlobalAveragePool', window('GlobalAveragePool')],
];
