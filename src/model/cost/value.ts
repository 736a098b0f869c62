import { elementCount } from '../element-size.ts';
import { tensorTypeOf } from '../element-type.ts';
import type { TensorProto } from '../generated/onnx_pb.ts';
import type { TensorType } from '../types.ts';

/** What is known of a tensor before the model runs. */
export interface Value {
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** The elements, where they follow from shapes and constants alone and are few; booleans are 0 and 1. */
  readonly data?: readonly number[];
}

/** Tensors of more elements are not followed by value: what computes shapes is small. */
export const largestFolded = 4096;

/** A value with its elements, which are dropped where they are too many. */
export function makeValue(
  shape: readonly number[],
  type: TensorType,
  data?: readonly number[] | undefined,
): Value {
  return data !== undefined && data.length <= largestFolded ? { shape, type, data } : { shape, type };
}

/** An initializer or constant; undefined where its element type is none that thinfer knows. */
export function valueOfTensor(tensor: TensorProto): Value | undefined {
  const type = tensorTypeOf(tensor.dataType);
  if (type === undefined) return undefined;
  const shape = tensor.dims.map(Number);
  const count = elementCount(shape);
  const data = count <= largestFolded ? elementsOf(tensor, type) : undefined;
  return makeValue(shape, type, data?.length === count ? data : undefined);
}

function elementsOf(tensor: TensorProto, type: TensorType): number[] | undefined {
  const raw = new Uint8Array(tensor.rawData).buffer;
  switch (type) {
    case 'int64':
      return Array.from(raw.byteLength > 0 ? new BigInt64Array(raw) : tensor.int64Data, Number);
    case 'int32':
      return [...(raw.byteLength > 0 ? new Int32Array(raw) : tensor.int32Data)];
    case 'float32':
      return [...(raw.byteLength > 0 ? new Float32Array(raw) : tensor.floatData)];
    case 'float64':
      return [...(raw.byteLength > 0 ? new Float64Array(raw) : tensor.doubleData)];
    case 'bool':
    case 'uint8':
      return [...(raw.byteLength > 0 ? new Uint8Array(raw) : tensor.int32Data)];
    default:
      return undefined;
  }
}

/** Numpy's broadcasting of shapes; undefined where they do not fit. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = shapes.map((shape) => shape[shape.length - rank + axis] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) return undefined;
    result.push(sizes[0] ?? 1);
  }
  return result;
}

/** Index into a row-major array for every element of `outer`, reading a tensor of shape `inner` broadcast to it. */
export function broadcastIndex(outer: readonly number[], inner: readonly number[], position: number): number {
  let [rest, stride, index] = [position, 1, 0];
  for (let axis = outer.length - 1; axis >= 0; axis--) {
    const coordinate = rest % outer[axis]!;
    rest = Math.floor(rest / outer[axis]!);
    const size = inner[inner.length - outer.length + axis] ?? 1;
    if (size !== 1) index += coordinate * stride;
    stride *= size;
  }
  return index;
}
