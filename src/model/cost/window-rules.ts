/** Shapes of operators that move a window over [batch, channels, …spatial]: convolutions and pooling. */
import type { TensorType } from '../types.ts';
import type { NodeView, ShapeRule } from './node-view.ts';
import { makeValue } from './value.ts';

/** Sizes of the window of a convolution or pooling; a convolution's come from its weights where the attribute is left out. */
export function kernelOf(view: NodeView): readonly number[] {
  return view.ints('kernel_shape') ?? weightsOf(view)?.shape.slice(2) ?? [];
}

/** The weights of a convolution. */
export function weightsOf(view: NodeView) {
  return view.inputs[view.node.opType === 'QLinearConv' ? 3 : 1];
}

interface Window {
  readonly size: number;
  readonly stride: number;
  /** Both sides together. */
  readonly padding: number;
  readonly automatic: string;
  readonly rounding: (x: number) => number;
}

function outputSize(input: number, { size, stride, padding, automatic, rounding }: Window): number {
  if (automatic.startsWith('SAME')) return Math.ceil(input / stride);
  const given = automatic === 'VALID' ? 0 : padding;
  return rounding((input + given - size) / stride) + 1;
}

function windowSizes(view: NodeView, spatial: readonly number[]): number[] {
  const kernel = kernelOf(view);
  const pads = view.ints('pads');
  return spatial.map((input, axis) =>
    outputSize(input, {
      size: ((kernel[axis] ?? 1) - 1) * (view.ints('dilations')?.[axis] ?? 1) + 1,
      stride: view.ints('strides')?.[axis] ?? 1,
      padding: (pads?.[axis] ?? 0) + (pads?.[axis + spatial.length] ?? 0),
      automatic: view.text('auto_pad', 'NOTSET'),
      rounding: view.int('ceil_mode', 0) === 1 ? Math.ceil : Math.floor,
    }),
  );
}

const conv: ShapeRule = (view) => {
  const [x] = view.inputs;
  const weights = weightsOf(view);
  if (x === undefined || weights === undefined) return undefined;
  const type: TensorType = view.node.opType === 'ConvInteger' ? 'int32' : x.type;
  return [makeValue([x.shape[0]!, weights.shape[0]!, ...windowSizes(view, x.shape.slice(2))], type)];
};

const convTranspose: ShapeRule = (view) => {
  const [x, weights] = view.inputs;
  if (x === undefined || weights === undefined) return undefined;
  const spatial = view.ints('output_shape') ?? transposedSizes(view, x.shape.slice(2));
  return [makeValue([x.shape[0]!, weights.shape[1]! * view.int('group', 1), ...spatial], x.type)];
};

function transposedSizes(view: NodeView, spatial: readonly number[]): number[] {
  const kernel = kernelOf(view);
  const pads = view.ints('pads');
  return spatial.map((input, axis) => {
    const stride = view.ints('strides')?.[axis] ?? 1;
    if (view.text('auto_pad', 'NOTSET').startsWith('SAME')) return input * stride;
    const window = ((kernel[axis] ?? 1) - 1) * (view.ints('dilations')?.[axis] ?? 1) + 1;
    const padding = (pads?.[axis] ?? 0) + (pads?.[axis + spatial.length] ?? 0);
    return stride * (input - 1) + (view.ints('output_padding')?.[axis] ?? 0) + window - padding;
  });
}

const pool: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const shape = [...x.shape.slice(0, 2), ...windowSizes(view, x.shape.slice(2))];
  return [makeValue(shape, x.type), makeValue(shape, 'int64')];
};

const globalPool: ShapeRule = ({ inputs: [x] }) =>
  x === undefined
    ? undefined
    : [makeValue([...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)], x.type)];

/** Rules by operator type. */
export const windowRules: readonly (readonly [string, ShapeRule])[] = [
  ['Conv', conv],
  ['FusedConv', conv],
  ['ConvInteger', conv],
  ['QLinearConv', conv],
  ['ConvTranspose', convTranspose],
  ['MaxPool', pool],
  ['AveragePool', pool],
  ['LpPool', pool],
  ['GlobalAveragePool', globalPool],
  ['GlobalMaxPool', globalPool],
  ['GlobalLpPool', globalPool],
];
