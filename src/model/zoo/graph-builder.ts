import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { onnxTypeOf } from '../element-type.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../generated/onnx_pb.ts';
import type { Dim, TensorType } from '../types.ts';

/** How seeded values of a weight are drawn. */
export type WeightInit =
  | { readonly kind: 'normal'; readonly deviation: number; readonly mean?: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number };

/** A float32 weight and its place in the data file. */
export interface Weight {
  /** PyTorch's name for it in the model's `state_dict`, and its name in the graph. */
  readonly key: string;
  /** As it is stored. */
  readonly shape: readonly number[];
  /** Whether PyTorch keeps it transposed (linear layers: [out, in], where `MatMul` needs [in, out]). */
  readonly transposed: boolean;
  readonly init: WeightInit;
  /** Bytes from the start of the data file. */
  readonly offset: number;
  readonly bytes: number;
}

/** A model whose weights are yet to be written. */
export interface BuiltGraph {
  readonly proto: ModelProto;
  readonly weights: readonly Weight[];
  /** Size of the data file. */
  readonly dataBytes: number;
}

/** Integers are `int` attributes; `{ float }` is a `float` one; `{ type, item }` a tensor of that one item. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly type: 'int64' | 'bool'; readonly item: number };

/** ONNX's "to the end" in slices. */
export const sliceEnd = Number.MAX_SAFE_INTEGER;

const opset = 17;
/** The IR version that came with opset 17 (ONNX 1.12). */
const irVersion = 8;

/** Writes down a graph node by node; values are named by what makes them. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #weights: Weight[] = [];
  readonly #constants = new Map<string, string>();
  readonly #sizes = new Map<string, string>();
  readonly #uses = new Map<string, number>();
  #dataBytes = 0;

  /** `name` is the graph's, and that of the data file (`<name>.data`). */
  constructor(name: string) {
    this.#name = name;
  }

  /** Adds an input of the model; gives its name. */
  input(name: string, type: TensorType, shape: readonly Dim[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Names a value as an output of the model. */
  output(name: string, value: string, type: TensorType, shape: readonly Dim[]): void {
    const node = this.#nodes.find(({ output }) => output.includes(value));
    if (node === undefined)
      this.#nodes.push(create(NodeProtoSchema, { opType: 'Identity', input: [value], output: [name] }));
    else this.#rename(node, value, name);
    this.#outputs.push(valueInfo(name, type, shape));
  }

  #rename(maker: NodeProto, value: string, name: string): void {
    const swap = (each: string): string => (each === value ? name : each);
    maker.output = maker.output.map(swap);
    for (const node of this.#nodes) node.input = node.input.map(swap);
  }

  /** Adds a float32 weight, kept in the data file; gives its name. */
  weight(key: string, shape: readonly number[], init: WeightInit, transposed = false): string {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    // Large tensors begin on a page, so that they can be mapped one by one; small ones on a cache line.
    const alignment = bytes >= 4096 ? 4096 : 64;
    const offset = Math.ceil(this.#dataBytes / alignment) * alignment;
    this.#dataBytes = offset + bytes;
    this.#weights.push({ key, shape, transposed, init, offset, bytes });
    const entry = (key: string, value: string | number) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) });
    this.#initializers.push(
      create(TensorProtoSchema, {
        name: key,
        dims: shape.map(BigInt),
        dataType: onnxTypeOf('float32'),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          entry('location', `${this.#name}.data`),
          entry('offset', offset),
          entry('length', bytes),
        ],
      }),
    );
    return key;
  }

  /** Integers as an int64 tensor of one dimension (or of `shape`), or a scalar where `value` is a number; equal constants share a name. */
  integers(value: number | readonly number[], shape?: readonly number[]): string {
    const list = typeof value === 'number' ? [value] : value;
    const data = BigInt64Array.from(list, (item) => (item === sliceEnd ? 2n ** 63n - 1n : BigInt(item)));
    return this.#constant('int64', shape ?? (typeof value === 'number' ? [] : [list.length]), data);
  }

  /** Float32 numbers as a tensor of one dimension, or a scalar where `value` is a number. */
  floats(value: number | readonly number[]): string {
    return typeof value === 'number'
      ? this.#constant('float32', [], Float32Array.of(value))
      : this.#constant('float32', [value.length], Float32Array.from(value));
  }

  #constant(type: TensorType, shape: readonly number[], data: BigInt64Array | Float32Array): string {
    const key = `${type}:${shape}:${data}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh('constant');
    this.#constants.set(key, name);
    this.#initializers.push(
      create(TensorProtoSchema, {
        name,
        dims: shape.map(BigInt),
        dataType: onnxTypeOf(type),
        rawData: new Uint8Array(data.buffer as ArrayBuffer),
      }),
    );
    return name;
  }

  /** Adds an operator with one output; gives its name. */
  op(type: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.ops(type, inputs, attributes, 1)[0]!;
  }

  /** Adds an operator with several outputs; gives their names. */
  ops(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue>,
    outputs: number,
  ): string[] {
    const name = this.#fresh(type);
    const output = Array.from({ length: outputs }, (_, index) => `${name}_${index}`);
    this.#nodes.push(
      create(NodeProtoSchema, {
        name,
        opType: type,
        input: [...inputs],
        output,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
    return output;
  }

  /** Size of one dimension of `x` as a scalar, by `Shape` and `Gather`; asked for twice, it is the same value. */
  size(x: string, axis: number): string {
    const key = `${axis}:${x}`;
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const size = this.op('Gather', [this.op('Shape', [x]), this.integers(axis)], { axis: 0 });
    this.#sizes.set(key, size);
    return size;
  }

  /** A shape made of numbers and of scalars that `size` gave. */
  shape(sizes: readonly (number | string)[]): string {
    const parts = sizes.map((size) =>
      typeof size === 'number' ? this.integers([size]) : this.op('Unsqueeze', [size, this.integers([0])]),
    );
    return this.op('Concat', parts, { axis: 0 });
  }

  #fresh(stem: string): string {
    const use = this.#uses.get(stem) ?? 0;
    this.#uses.set(stem, use + 1);
    return `${stem}_${use}`;
  }

  /** The finished model. */
  build(): BuiltGraph {
    const proto = create(ModelProtoSchema, {
      irVersion: BigInt(irVersion),
      producerName: 'thinfer',
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
      graph: create(GraphProtoSchema, {
        name: this.#name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      }),
    });
    return { proto, weights: this.#weights, dataBytes: this.#dataBytes };
  }
}

function valueInfo(name: string, type: TensorType, shape: readonly Dim[]): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: onnxTypeOf(type), shape: { dim } } } },
  });
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  const make = (content: MessageInitShape<typeof AttributeProtoSchema>): AttributeProto =>
    create(AttributeProtoSchema, { ...content, name });
  if (typeof value === 'number') return make({ type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string') return make({ type: AttributeType.STRING, s: Buffer.from(value) });
  if ('float' in value) return make({ type: AttributeType.FLOAT, f: value.float });
  if ('item' in value) return make({ type: AttributeType.TENSOR, t: singleItem(value.type, value.item) });
  return make({ type: AttributeType.INTS, ints: value.map(BigInt) });
}

function singleItem(type: 'int64' | 'bool', item: number): TensorProto {
  const rawData =
    type === 'bool' ? Uint8Array.of(item) : new Uint8Array(BigInt64Array.of(BigInt(item)).buffer);
  return create(TensorProtoSchema, { dims: [1n], dataType: onnxTypeOf(type), rawData });
}
