import { basename } from 'node:path';
import { invariant, ThinferError } from '../errors.ts';
import { bytesPerElement, elementCount } from './element-size.ts';
import { isFloat } from './element-type.ts';
import { RandomStream } from './random.ts';
import type { InputRange, Model, ResolvedTensor, TensorType } from './types.ts';

/**
 * Fills `target` with the values of an input: floats of the standard normal distribution, integers and booleans from
 * the model's range for this input. The same seed gives the same bytes, and a larger batch begins with the items of a
 * smaller one. `target` may lie at any address. Throws `shape-invalid` for inputs of strings.
 */
export function fillInput(model: Model, tensor: ResolvedTensor, target: Uint8Array, seed: number): void {
  if (tensor.type === 'string')
    throw new ThinferError(
      'shape-invalid',
      `${basename(model.file)}: input "${tensor.name}" takes strings, which can't be generated.`,
      { remedy: 'Use a model whose text is tokenised outside.' },
    );
  invariant(
    target.length === tensor.bytes,
    `Input "${tensor.name}" needs ${tensor.bytes} bytes, not ${target.length}.`,
  );
  const bytes = aligned(target, bytesPerElement(tensor.type));
  const range = model.ranges[tensor.name] ?? { low: 0, high: 2 };
  fill(tensor, bytes, range, new RandomStream(seed, tensor.name));
  if (bytes !== target) target.set(bytes);
}

function aligned(target: Uint8Array, elementBytes: number): Uint8Array {
  return target.byteOffset % elementBytes === 0 ? target : new Uint8Array(target.length);
}

function fill(tensor: ResolvedTensor, bytes: Uint8Array, range: InputRange, random: RandomStream): void {
  const count = elementCount(tensor.shape);
  if (isFloat(tensor.type)) fillFloats(tensor.type, bytes, count, random);
  else if (bytesPerElement(tensor.type) === 8)
    fillIntegers64(new BigInt64Array(bytes.buffer, bytes.byteOffset, count), range, random);
  else fillIntegers(integerView(tensor.type, bytes, count), range, random);
}

function fillFloats(type: TensorType, bytes: Uint8Array, count: number, random: RandomStream): void {
  const { buffer, byteOffset } = bytes;
  if (type === 'float32') random.fillNormal(new Float32Array(buffer, byteOffset, count));
  else if (type === 'bfloat16') fillBfloat16(new Uint16Array(buffer, byteOffset, count), random);
  else if (type === 'float16') new Float16Array(buffer, byteOffset, count).set(normal(count, random));
  else new Float64Array(buffer, byteOffset, count).set(normal(count, random));
}

/** Typed arrays wrap negative numbers to two's complement, so unsigned views serve both signs. */
function integerView(
  type: TensorType,
  { buffer, byteOffset }: Uint8Array,
  count: number,
): Uint8Array | Uint16Array | Uint32Array {
  switch (bytesPerElement(type)) {
    case 4:
      return new Uint32Array(buffer, byteOffset, count);
    case 2:
      return new Uint16Array(buffer, byteOffset, count);
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}

function normal(count: number, random: RandomStream): Float32Array {
  const values = new Float32Array(count);
  random.fillNormal(values);
  return values;
}

/** The upper half of a float32, rounded to nearest. */
function fillBfloat16(target: Uint16Array, random: RandomStream): void {
  const bits = new Uint32Array(normal(target.length, random).buffer);
  for (let index = 0; index < target.length; index++) target[index] = (bits[index]! + 0x8000) >>> 16;
}

function fillIntegers(
  target: Uint8Array | Uint16Array | Uint32Array,
  { low, high }: InputRange,
  random: RandomStream,
): void {
  for (let index = 0; index < target.length; index++) target[index] = random.nextInteger(low, high);
}

function fillIntegers64(target: BigInt64Array, { low, high }: InputRange, random: RandomStream): void {
  for (let index = 0; index < target.length; index++) target[index] = BigInt(random.nextInteger(low, high));
}
