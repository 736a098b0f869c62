import { ThinferError } from '../../errors.ts';
import { bytesPerElement, type Model, type TensorSpec } from '../../model/index.ts';
import type { Chunks } from '../chunks.ts';
import { datatypeOf } from '../oip/datatypes.ts';
import type { InferRequest, InputTensor } from '../types.ts';
import { stringOffsets } from './string-offsets.ts';

/** An input that fits the model. */
export interface CheckedTensor {
  readonly spec: TensorSpec;
  /** The shape of one item: without the batch. Of a model that can't batch, the whole shape. */
  readonly itemShape: readonly number[];
  readonly data: Chunks;
  /** Where item k begins: k · itemBytes, or for strings `offsets[k]`. */
  readonly itemBytes: number;
  /** Of strings: where each item begins and the last one ends. */
  readonly offsets: readonly number[] | null;
}

/** A request that fits the model. */
export interface CheckedRequest {
  readonly items: number;
  /** Requests with the same key fit into one batch. */
  readonly key: string;
  /** Along the dimension that may be padded; 0 where there is none. */
  readonly length: number;
  /** In the model's order. */
  readonly inputs: readonly CheckedTensor[];
}

/** What a request is checked against. */
export interface RequestRules {
  readonly model: Model;
  readonly batches: boolean;
  /** Most items of one request. */
  readonly mostItems: number;
  /** The dimension along which requests are padded to fit into one batch; null: none. */
  readonly padDim: string | null;
}

/**
 * Checks that a request's tensors are those of the model. Throws `shape-invalid` or `request-invalid`, in the words of Triton where it
 * has some.
 */
export function checkRequest(request: InferRequest, rules: RequestRules): CheckedRequest {
  const { model, batches, padDim } = rules;
  if (request.inputs.length !== model.inputs.length) throw wrongCount(request, model);
  const sizes = new Map<string, number>();
  const inputs = model.inputs.map((spec) => {
    const tensor = find(request.inputs, spec, model);
    checkType(tensor, spec, model);
    checkShape(tensor, spec, model, sizes);
    return checkedTensor(tensor, spec, model, batches);
  });
  for (const name of request.outputs ?? [])
    if (!model.outputs.some((spec) => spec.name === name))
      throw new ThinferError(
        'request-invalid',
        `unexpected inference output '${name}' for model '${model.name}'`,
      );
  const items = batches ? sizes.get(model.batchDim!)! : 1;
  if (items > rules.mostItems)
    throw new ThinferError(
      'too-large',
      `inference request batch-size must be <= ${rules.mostItems} for '${model.name}', and is ${items}`,
    );
  const length = padDim === null ? 0 : sizes.get(padDim)!;
  return { items, key: keyOf(inputs, sizes, [batches ? model.batchDim : null, padDim]), length, inputs };
}

function find(tensors: readonly InputTensor[], { name }: TensorSpec, model: Model): InputTensor {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (tensor !== undefined) return tensor;
  const known = model.inputs.map((spec) => `'${spec.name}'`).join(', ');
  throw new ThinferError(
    'request-invalid',
    `expected input '${name}' for model '${model.name}', got ${tensors.map((other) => `'${other.name}'`).join(', ')}; its inputs are ${known}`,
  );
}

function wrongCount({ inputs }: InferRequest, model: Model): ThinferError {
  const missing = model.inputs.filter(({ name }) => !inputs.some((tensor) => tensor.name === name));
  const unknown = inputs.filter(({ name }) => !model.inputs.some((spec) => spec.name === name));
  const names = (tensors: readonly { readonly name: string }[]): string =>
    tensors.map(({ name }) => `'${name}'`).join(', ');
  const detail = [
    ...(missing.length > 0 ? [`missing ${names(missing)}`] : []),
    ...(unknown.length > 0 ? [`unknown ${names(unknown)}`] : []),
  ];
  return new ThinferError(
    'request-invalid',
    `expected ${model.inputs.length} inputs but got ${inputs.length} inputs for model '${model.name}'${detail.length > 0 ? `: ${detail.join('; ')}` : ''}`,
  );
}

function checkType(tensor: InputTensor, spec: TensorSpec, model: Model): void {
  if (tensor.type === spec.type) return;
  throw new ThinferError(
    'request-invalid',
    `inference input '${spec.name}' data-type is '${datatypeOf(tensor.type)}', but model '${model.name}' expects '${datatypeOf(spec.type)}'`,
  );
}

function checkShape(tensor: InputTensor, spec: TensorSpec, model: Model, sizes: Map<string, number>): void {
  const { shape } = tensor;
  let fits = shape.length === spec.shape.length;
  for (let axis = 0; fits && axis < shape.length; axis++) {
    const size = shape[axis]!;
    const dim = spec.shape[axis]!;
    if (!Number.isSafeInteger(size) || size < 1) fits = false;
    else if (typeof dim === 'number') fits = dim === size;
    else if (size > (model.maxDims?.[dim] ?? Number.POSITIVE_INFINITY))
      throw new ThinferError(
        'shape-invalid',
        `dimension "${dim}" of input '${spec.name}' is ${size}; model '${model.name}' has at most ${model.maxDims![dim]}`,
      );
    else if ((sizes.get(dim) ?? size) !== size)
      throw new ThinferError(
        'shape-invalid',
        `dimension "${dim}" of model '${model.name}' is ${size} in input '${spec.name}' and ${sizes.get(dim)} in another input`,
      );
    else sizes.set(dim, size);
  }
  if (fits) return;
  const expected = spec.shape.map((dim) => (typeof dim === 'number' ? dim : -1));
  throw new ThinferError(
    'shape-invalid',
    `unexpected shape for input '${spec.name}' for model '${model.name}'. Expected [${expected.join(',')}], got [${shape.join(',')}]`,
  );
}

function checkedTensor(tensor: InputTensor, spec: TensorSpec, model: Model, batches: boolean): CheckedTensor {
  const { shape, data, name } = tensor;
  const items = batches ? shape[0]! : 1;
  const itemShape = batches ? shape.slice(1) : shape;
  const perItem = itemShape.reduce((product, size) => product * size, 1);
  if (spec.type === 'string') {
    const offsets = stringOffsets(data, { items, perItem, name, model: model.name });
    return { spec, itemShape, data, itemBytes: largestItem(offsets), offsets };
  }
  const itemBytes = perItem * bytesPerElement(spec.type);
  if (data.length !== items * itemBytes)
    throw new ThinferError(
      'request-invalid',
      `input byte size mismatch for input '${name}' for model '${model.name}'. Expected ${items * itemBytes}, got ${data.length}`,
    );
  return { spec, itemShape, data, itemBytes, offsets: null };
}

/** Strings of one batch share a capacity, a power of two, so that few bindings do for all lengths. */
function largestItem(offsets: readonly number[]): number {
  let largest = 64;
  for (let item = 1; item < offsets.length; item++)
    while (largest < offsets[item]! - offsets[item - 1]!) largest *= 2;
  return largest;
}

/** Sizes of the free dimensions but those in which requests of one batch may differ, and the capacities of strings. */
function keyOf(
  inputs: readonly CheckedTensor[],
  sizes: ReadonlyMap<string, number>,
  without: readonly (string | null)[],
): string {
  let key = '';
  for (const [dim, size] of sizes) if (!without.includes(dim)) key += `${dim}=${size},`;
  for (const { offsets, itemBytes } of inputs) if (offsets !== null) key += `${itemBytes},`;
  return key;
}
