/** Shapes of operators that move elements: reshape, slice, gather, concatenate, pad. */
import { elementCount } from '../element-size.ts';
import { type NodeView, positiveAxis, type ShapeRule } from './node-view.ts';
import { broadcast, broadcastIndex, largestFolded, makeValue } from './value.ts';

const shapeOf: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const clamp = (axis: number): number =>
    Math.min(Math.max(positiveAxis(axis, x.shape.length), 0), x.shape.length);
  const part = x.shape.slice(clamp(view.int('start', 0)), clamp(view.int('end', x.shape.length)));
  return [makeValue([part.length], 'int64', part)];
};

const sizeOf: ShapeRule = ({ inputs: [x] }) =>
  x === undefined ? undefined : [makeValue([], 'int64', [elementCount(x.shape)])];

const reshape: ShapeRule = (view) => {
  const [x] = view.inputs;
  const wanted = view.intsOrInput('shape', 1);
  if (x === undefined || wanted === undefined || wanted === null) return undefined;
  const sizes = wanted.map((size, axis) =>
    size === 0 && view.int('allowzero', 0) === 0 ? x.shape[axis]! : size,
  );
  const known = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const shape = sizes.map((size) => (size === -1 ? elementCount(x.shape) / known : size));
  return elementCount(shape) === elementCount(x.shape) ? [makeValue(shape, x.type, x.data)] : undefined;
};

const flatten: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const axis = positiveAxis(view.int('axis', 1), x.shape.length);
  const shape = [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis))];
  return [makeValue(shape, x.type, x.data)];
};

const squeeze: ShapeRule = (view) => {
  const [x] = view.inputs;
  const axes = view.intsOrInput('axes', 1);
  if (x === undefined || axes === null) return undefined;
  const dropped = new Set(axes?.map((axis) => positiveAxis(axis, x.shape.length)));
  const shape = x.shape.filter((size, axis) => (axes === undefined ? size !== 1 : !dropped.has(axis)));
  return [makeValue(shape, x.type, x.data)];
};

const unsqueeze: ShapeRule = (view) => {
  const [x] = view.inputs;
  const axes = view.intsOrInput('axes', 1);
  if (x === undefined || axes === undefined || axes === null) return undefined;
  const rank = x.shape.length + axes.length;
  const added = new Set(axes.map((axis) => positiveAxis(axis, rank)));
  const rest = [...x.shape];
  const shape = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!));
  return [makeValue(shape, x.type, x.data)];
};

const transpose: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const order = view.ints('perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return [
    makeValue(
      order.map((axis) => x.shape[axis]!),
      x.type,
      x.shape.length < 2 ? x.data : undefined,
    ),
  ];
};

const concat: ShapeRule = (view) => {
  const inputs = view.inputs.filter((input) => input !== undefined);
  const [first] = inputs;
  if (first === undefined || inputs.length !== view.inputs.length) return undefined;
  const axis = positiveAxis(view.int('axis', 0), first.shape.length);
  const shape = first.shape.with(
    axis,
    inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0),
  );
  const isFolded = first.shape.length === 1 && inputs.every(({ data }) => data !== undefined);
  return [makeValue(shape, first.type, isFolded ? inputs.flatMap(({ data }) => data!) : undefined)];
};

const split: ShapeRule = (view) => {
  const [x] = view.inputs;
  const given = view.intsOrInput('split', 1);
  if (x === undefined || given === null) return undefined;
  const axis = positiveAxis(view.int('axis', 0), x.shape.length);
  const parts = given ?? evenParts(x.shape[axis]!, view.node.output.length);
  let start = 0;
  return parts.map((size) => {
    const data = x.shape.length === 1 ? x.data?.slice(start, start + size) : undefined;
    start += size;
    return makeValue(x.shape.with(axis, size), x.type, data);
  });
};

function evenParts(size: number, count: number): number[] {
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, size - index * part)));
}

const slice: ShapeRule = (view) => {
  const [x] = view.inputs;
  const starts = view.intsOrInput('starts', 1);
  const ends = view.intsOrInput('ends', 2);
  const axes = view.intsOrInput('axes', 3);
  const steps = view.intsOrInput('steps', 4);
  if (x === undefined || !starts || !ends || axes === null || steps === null) return undefined;
  let shape = x.shape;
  let data = x.shape.length === 1 ? x.data : undefined;
  for (const [index, start] of starts.entries()) {
    const axis = positiveAxis(axes?.[index] ?? index, x.shape.length);
    const positions = slicePositions(x.shape[axis]!, start, ends[index]!, steps?.[index] ?? 1);
    shape = shape.with(axis, positions.count);
    const source = data;
    data =
      source &&
      Array.from({ length: positions.count }, (_, item) => source[positions.first + item * positions.step]!);
  }
  return [makeValue(shape, x.type, data)];
};

/** ONNX's clamping of starts and ends (operator `Slice`, version 13). */
function slicePositions(
  size: number,
  start: number,
  end: number,
  step: number,
): { first: number; step: number; count: number } {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (position: number, floor: number): number =>
    Math.min(Math.max(positiveAxis(position, size), floor), high);
  const first = clamp(start, Math.max(low, 0));
  return { first, step, count: Math.max(0, Math.ceil((clamp(end, low) - first) / step)) };
}

const gather: ShapeRule = (view) => {
  const [x, index] = view.inputs;
  if (x === undefined || index === undefined) return undefined;
  const axis = positiveAxis(view.int('axis', 0), x.shape.length);
  const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
  const data =
    x.shape.length === 1 && x.data !== undefined
      ? index.data?.map((position) => x.data![positiveAxis(position, x.shape[0]!)]!)
      : undefined;
  return [makeValue(shape, x.type, data)];
};

const gatherElements: ShapeRule = ({ inputs: [x, index] }) =>
  x === undefined || index === undefined ? undefined : [makeValue(index.shape, x.type)];

const gatherNd: ShapeRule = (view) => {
  const [x, index] = view.inputs;
  if (x === undefined || index === undefined) return undefined;
  const depth = index.shape.at(-1)! + view.int('batch_dims', 0);
  return [makeValue([...index.shape.slice(0, -1), ...x.shape.slice(depth)], x.type)];
};

const expand: ShapeRule = ({ inputs: [x, wanted] }) => {
  if (x === undefined || wanted?.data === undefined) return undefined;
  const shape = broadcast([x.shape, wanted.data]);
  if (shape === undefined) return undefined;
  const count = elementCount(shape);
  const data =
    x.data !== undefined && count <= largestFolded
      ? Array.from({ length: count }, (_, position) => x.data![broadcastIndex(shape, x.shape, position)]!)
      : undefined;
  return [makeValue(shape, x.type, data)];
};

const tile: ShapeRule = ({ inputs: [x, repeats] }) =>
  x === undefined || repeats?.data === undefined
    ? undefined
    : [
        makeValue(
          x.shape.map((size, axis) => size * repeats.data![axis]!),
          x.type,
        ),
      ];

const pad: ShapeRule = (view) => {
  const [x] = view.inputs;
  const pads = view.intsOrInput('pads', 1);
  const axes = view.inputs[3]?.data;
  if (x === undefined || !pads) return undefined;
  const sizes = [...x.shape];
  const padded = axes ?? x.shape.map((_, axis) => axis);
  for (const [index, axis] of padded.entries())
    sizes[positiveAxis(axis, x.shape.length)]! += pads[index]! + pads[index + padded.length]!;
  return [makeValue(sizes, x.type)];
};

const resize: ShapeRule = (view) => {
  const [x] = view.inputs;
  if (x === undefined) return undefined;
  const isOld = view.node.opType === 'Upsample' || view.opset < 11;
  const sizes = isOld ? undefined : view.inputs[3]?.data;
  const scales = isOld ? view.inputs[1]?.data : view.inputs[2]?.data;
  if (sizes?.length === x.shape.length) return [makeValue(sizes, x.type)];
  if (scales?.length !== x.shape.length) return undefined;
  return [
    makeValue(
      x.shape.map((size, axis) => Math.floor(size * scales[axis]!)),
      x.type,
    ),
  ];
};

/** `DepthToSpace` and its inverse over [batch, channels, height, width]. */
function blocks(direction: 1 | -1): ShapeRule {
  return (view) => {
    const [x] = view.inputs;
    if (x?.shape.length !== 4) return undefined;
    const side = view.int('blocksize', 1) ** direction;
    const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
    return [makeValue([batch, channels / side ** 2, height * side, width * side], x.type)];
  };
}

const oneHot: ShapeRule = (view) => {
  const [index, depth, values] = view.inputs;
  const size = depth?.data?.[0];
  if (index === undefined || size === undefined) return undefined;
  const axis = positiveAxis(view.int('axis', -1), index.shape.length + 1);
  return [makeValue(index.shape.toSpliced(axis, 0, size), values?.type ?? 'float32')];
};

const topK: ShapeRule = (view) => {
  const [x] = view.inputs;
  const count = view.has('k') ? view.int('k', 1) : view.inputs[1]?.data?.[0];
  if (x === undefined || count === undefined) return undefined;
  const shape = x.shape.with(positiveAxis(view.int('axis', -1), x.shape.length), count);
  return [makeValue(shape, x.type), makeValue(shape, 'int64')];
};

const eyeLike: ShapeRule = ({ inputs: [x] }: NodeView) =>
  x === undefined ? undefined : [makeValue(x.shape, 'float32')];

/** Known only where the elements are. */
const nonZero: ShapeRule = ({ inputs: [x] }) => {
  if (x?.data === undefined || x.shape.length !== 1) return undefined;
  const found = x.data.flatMap((item, index): number[] => (item === 0 ? [] : [index]));
  return [makeValue([1, found.length], 'int64', found)];
};

/** Rules by operator type. */
export const layoutRules: readonly (readonly [string, ShapeRule])[] = [
  ['Shape', shapeOf],
  ['Size', sizeOf],
  ['Reshape', reshape],
  ['Flatten', flatten],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Gather', gather],
  ['GatherElements', gatherElements],
  ['GatherND', gatherNd],
  ['Expand', expand],
  ['Tile', tile],
  ['Pad', pad],
  ['Resize', resize],
  ['Upsample', resize],
  ['DepthToSpace', blocks(1)],
  ['SpaceToDepth', blocks(-1)],
  ['OneHot', oneHot],
  ['TopK', topK],
  ['EyeLike', eyeLike],
  ['NonZero', nonZero],
];
