import { ThinferError } from '../../errors.ts';
import { elementCount } from '../../model/element-size.ts';
import { fillInput } from '../../model/fill-input.ts';
import type { DimValues, Model, ResolvedTensor, TensorType } from '../../model/index.ts';
import { RandomStream } from '../../model/random.ts';
import { resolveInputs } from '../../model/resolve-shapes.ts';
import { expandDims } from './remote-model.ts';
import type { RequestShape } from './request-shapes.ts';

/** A tensor that is sent. Strings lie as the protocol serialises them: length as u32, then the bytes. */
export interface SentTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The inputs of one request. */
export interface RequestInputs {
  readonly items: number;
  readonly tensors: readonly SentTensor[];
}

/** What is made. */
export interface InputAsk {
  /** Numbers of items, each once. */
  readonly items: readonly number[];
  readonly dims: DimValues;
  /** Different inputs for each number of items. */
  readonly distinct: number;
  readonly seed: number;
}

/** All prepared requests together may take so much memory. */
export const preparedBytes = 512 * 1024 * 1024;
const wordBytes = 8;

/**
 * Seeded inputs, `distinct` for each number of items, in that order. Throws `shape-invalid` where dimensions are missing or do not
 * fit, `usage` where the inputs would not fit into memory.
 */
export function makeInputs(model: Model, { items, dims, distinct, seed }: InputAsk): RequestInputs[] {
  return makeRequests(
    model,
    items.map((count) => ({ items: count, dims })),
    { distinct, seed },
  );
}

/** The same for any shapes, each once: `distinct` inputs of the first, then those of the second, and so on. */
export function makeRequests(
  model: Model,
  shapes: readonly RequestShape[],
  { distinct, seed }: Pick<InputAsk, 'distinct' | 'seed'>,
): RequestInputs[] {
  const resolved = shapes.map(({ items, dims }) =>
    resolveInputs(model, { batch: items, dims: expandDims(model, dims) }),
  );
  checkSize(resolved, distinct);
  return resolved.flatMap((tensors, at) =>
    Array.from({ length: distinct }, (_, variant) => ({
      items: shapes[at]!.items,
      tensors: tensors.map((tensor) => generate(model, tensor, seed + variant)),
    })),
  );
}

function checkSize(resolved: readonly (readonly ResolvedTensor[])[], distinct: number): void {
  const bytesOf = ({ type, shape, bytes }: ResolvedTensor): number =>
    type === 'string' ? elementCount(shape) * (4 + wordBytes) : bytes;
  const bytes = distinct * resolved.flat().reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  if (bytes > preparedBytes)
    throw new ThinferError(
      'usage',
      `the inputs would take ${Math.ceil(bytes / 2 ** 20)} MiB, more than ${preparedBytes / 2 ** 20}`,
      { remedy: 'give fewer --inputs, fewer --items, or fewer or smaller dimensions' },
    );
}

function generate(model: Model, tensor: ResolvedTensor, seed: number): SentTensor {
  const { name, type, shape } = tensor;
  if (type === 'string') return { name, type, shape, data: words(elementCount(shape), seed, name) };
  const data = new Uint8Array(tensor.bytes);
  fillInput(model, tensor, data, seed);
  return { name, type, shape, data };
}

function words(count: number, seed: number, name: string): Uint8Array {
  const random = new RandomStream(seed, name);
  const data = Buffer.alloc(count * (4 + wordBytes));
  for (let at = 0; at < data.length; at += 4 + wordBytes) {
    data.writeUInt32LE(wordBytes, at);
    for (let letter = 0; letter < wordBytes; letter++) data[at + 4 + letter] = random.nextInteger(97, 123);
  }
  return data;
}

/** Which prepared request comes next: a number of items by its share in the list, then any of its inputs. */
export function payloadPicker(
  items: readonly number[],
  sizes: readonly number[],
  distinct: number,
  seed: number,
): () => number {
  const random = new RandomStream(seed, 'payloads');
  const places = items.map((count) => sizes.indexOf(count));
  return () => places[random.nextInteger(0, places.length)]! * distinct + random.nextInteger(0, distinct);
}
