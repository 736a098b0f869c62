import { bytesPerElement, type TensorSpec } from '../../model/index.ts';
import { Chunks } from '../chunks.ts';
import { countCopy } from '../copies.ts';
import type { Preprocess, Preprocessor, TextItem } from '../preprocess/index.ts';
import type { InputTensor, ModelView } from '../types.ts';
import { readNested, shapeOf } from './nested-tensor.ts';
import { badRequest, shortened } from './torch-problem.ts';

/** What a request asks to be inferred. */
export interface ReadInputs {
  readonly inputs: readonly InputTensor[];
  /** The client sent one item, not a list of them: so is the answer. */
  readonly single: boolean;
}

/** A model with what it takes beside tensors. */
export interface InputReader {
  readonly view: ModelView;
  readonly preprocess: Preprocess | null;
  readonly preprocessor: Preprocessor;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** Pictures as they are encoded, one item each. */
export async function pictureInputs(
  reader: InputReader,
  pictures: readonly Chunks[],
  single: boolean,
): Promise<ReadInputs> {
  const { preprocess, preprocessor, view, signal } = reader;
  if (preprocess?.kind !== 'image')
    throw badRequest(`Model "${view.name}" takes no pictures; it takes ${takes(reader)}.`);
  return { inputs: await preprocessor.images(preprocess, pictures, signal), single };
}

/** Texts, one item each. */
export async function textInputs(
  reader: InputReader,
  texts: readonly TextItem[],
  single: boolean,
): Promise<ReadInputs> {
  const { preprocess, preprocessor, view, signal } = reader;
  if (preprocess?.kind !== 'text')
    throw badRequest(`Model "${view.name}" takes no text; it takes ${takes(reader)}.`);
  return { inputs: await preprocessor.texts(preprocess, texts, signal), single };
}

/** The bytes of the model's only input; the number of items follows from their number. */
export function rawInputs(reader: InputReader, bytes: Chunks): ReadInputs {
  const { view } = reader;
  const [input] = view.inputs;
  if (input === undefined || view.inputs.length > 1)
    throw badRequest(
      `Model "${view.name}" has ${view.inputs.length} inputs (${namesOf(view.inputs)}); send each as a part of multipart/form-data with its name, or JSON.`,
    );
  return { inputs: [rawTensor(input, bytes)], single: false };
}

/** A tensor of raw bytes: the one free dimension is computed. */
export function rawTensor(input: TensorSpec, data: Chunks): InputTensor {
  const free = input.shape.filter((dim) => typeof dim === 'string').length;
  const item = input.shape.reduce<number>(
    (product, dim) => (typeof dim === 'number' ? product * dim : product),
    1,
  );
  const size = item * bytesPerElement(input.type);
  const what = `Input "${input.name}" (${input.type}, ${input.shape.join('x')})`;
  if (size === 0 || free > 1)
    throw badRequest(
      `${what}: its shape does not follow from a number of bytes; send JSON, or use /v2/models.`,
    );
  const length = data.length / size;
  if (data.length === 0 || !Number.isInteger(length) || (free === 0 && length !== 1))
    throw badRequest(
      `${what} takes ${free === 0 ? '' : 'a multiple of '}${size} bytes, and ${data.length} came.`,
    );
  const shape = input.shape.map((dim) => (typeof dim === 'number' ? dim : length));
  return { name: input.name, type: input.type, shape, data };
}

/** Values in JSON: what stands in `data`, `instances` or the body itself. */
export function jsonInputs(reader: InputReader, value: unknown): ReadInputs | Promise<ReadInputs> {
  if (typeof value === 'string') return stringInputs(reader, [value], true);
  if (isObject(value)) return objectInputs(reader, value);
  if (!Array.isArray(value)) throw badRequest('The JSON is neither an array nor an object nor a string.');
  if (value.length === 0) throw badRequest('There are no items in the array.');
  if (takesStrings(reader) && value.every((item) => typeof item === 'string' || isPair(item)))
    return stringInputs(reader, value, false);
  if (value.every(isObject)) return listInputs(reader, value);
  const { view } = reader;
  if (view.inputs.length > 1)
    throw badRequest(
      `Model "${view.name}" has the inputs ${namesOf(view.inputs)}: send an object with these names.`,
    );
  return namedInputs(reader, [[view.inputs[0]!, value]]);
}

/** One item as an object: an envelope around a value, or values by the names of the inputs. */
function objectInputs(
  reader: InputReader,
  object: Record<string, unknown>,
): ReadInputs | Promise<ReadInputs> {
  const inner = unwrap(reader, object);
  return inner === undefined ? namedInputs(reader, byName(reader, object)) : jsonInputs(reader, inner);
}

/** Items as objects: each an envelope around one, or values by the names of the inputs. */
function listInputs(
  reader: InputReader,
  items: readonly Record<string, unknown>[],
): ReadInputs | Promise<ReadInputs> {
  const inner = items.map((item) => unwrap(reader, item));
  if (inner.every((value) => value !== undefined)) return jsonInputs(reader, inner);
  const rows = items.map((item) => byName(reader, item));
  return namedInputs(
    reader,
    reader.view.inputs.map((input, at) => [input, rows.map((row) => row[at]![1])] as const),
  );
}

const envelopes = ['data', 'body', 'instances', 'inputs', 'b64', 'text'];

/** What an envelope holds; undefined for an object of another kind. An input that is named like an envelope is an input. */
function unwrap({ view }: InputReader, object: Record<string, unknown>): unknown {
  const [key, ...others] = Object.keys(object);
  if (key === undefined || others.length > 0 || !envelopes.includes(key)) return undefined;
  return view.inputs.some(({ name }) => name === key) ? undefined : object[key];
}

function byName({ view }: InputReader, object: Record<string, unknown>): (readonly [TensorSpec, unknown])[] {
  const known = new Set(view.inputs.map(({ name }) => name));
  const strange = Object.keys(object).filter((key) => !known.has(key));
  const missing = view.inputs.filter(({ name }) => !Object.hasOwn(object, name));
  const problems = [
    ...(strange.length > 0 ? [`it does not know ${shortened(strange.join(', '))}`] : []),
    ...(missing.length > 0 ? [`${namesOf(missing)} is missing`] : []),
  ];
  if (problems.length > 0)
    throw badRequest(
      `Model "${view.name}": ${problems.join('; ')}. Its inputs are ${namesOf(view.inputs)}; or send {"data": …} or {"instances": […]}.`,
    );
  return view.inputs.map((input) => [input, object[input.name]] as const);
}

function namedInputs(reader: InputReader, values: readonly (readonly [TensorSpec, unknown])[]): ReadInputs {
  const ranks = values.map(([input, value]) => shapeOf(value).length - input.shape.length);
  const single = ranks.every((more) => more === -1);
  if (!single && ranks.some((more) => more !== 0)) {
    const wrong = values.map(
      ([{ name, shape }, value]) =>
        `"${name}" is ${shape.join('x')}, and ${shapeOf(value).join('x') || 'a number'} came`,
    );
    throw badRequest(`Model "${reader.view.name}": input ${wrong.join('; ')}.`);
  }
  const inputs = values.map(([{ name, type }, value]): InputTensor => {
    const read = readNested(name, single ? [value] : value, type);
    countCopy('json', read.bytes.length);
    return { name, type, shape: read.shape, data: new Chunks([read.bytes]) };
  });
  return { inputs, single };
}

function takesStrings({ preprocess }: InputReader): boolean {
  return preprocess !== null;
}

/** Texts, or pictures in base64, as TorchServe's default handlers take them. */
function stringInputs(
  reader: InputReader,
  strings: readonly (string | readonly [string, string])[],
  single: boolean,
): Promise<ReadInputs> {
  if (reader.preprocess?.kind !== 'image') return textInputs(reader, strings, single);
  const pictures = strings.map((text) => {
    if (typeof text !== 'string') throw badRequest('A picture is one string in base64.');
    return new Chunks([fromBase64(text)]);
  });
  return pictureInputs(reader, pictures, single);
}

/** Node's own reader drops what is no base64; here that is an error. */
function fromBase64(text: string): Uint8Array {
  const comma = text.startsWith('data:') ? text.indexOf(',', 0) : -1;
  const encoded = comma < 0 ? text : text.slice(comma + 1);
  if (!/^[A-Za-z0-9+/_-]*={0,2}\s*$/.test(encoded))
    throw badRequest('A picture in JSON has to be in base64.');
  return Buffer.from(encoded, 'base64');
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function takes({ view, preprocess }: InputReader): string {
  const tensors = `tensors (${namesOf(view.inputs)}) as JSON or raw bytes`;
  if (preprocess === null) return tensors;
  return `${preprocess.kind === 'image' ? 'JPEG and PNG' : 'text'}, and ${tensors}`;
}

function namesOf(specs: readonly TensorSpec[]): string {
  return specs.map(({ name }) => name).join(', ');
}
