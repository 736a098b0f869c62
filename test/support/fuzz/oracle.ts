import { gunzipSync, inflateSync } from 'node:zlib';
import type { FuzzDatatype, FuzzModel } from './models.ts';

/** A tensor as the oracle reads it: one Buffer for each element, little-endian; of a string, its bytes. */
export type Elements = readonly Buffer[];

/** A tensor of a request, read. */
export interface OracleInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly elements: Elements;
}

/** A request that can be answered. */
export interface OracleRequest {
  readonly id: string;
  readonly inputs: readonly OracleInput[];
  /** Null: all outputs. */
  readonly outputs: readonly string[] | null;
  /** Classes were asked for: their text is another test's matter. */
  readonly classified: boolean;
}

const sizes: Readonly<Record<FuzzDatatype, number>> = { FP32: 4, INT64: 8, UINT8: 1, BOOL: 1, BYTES: 0 };

/** Bytes of an element; undefined for a datatype that no model here has. */
export function sizeOf(datatype: string): number | undefined {
  return Object.hasOwn(sizes, datatype) ? sizes[datatype as FuzzDatatype] : undefined;
}

/**
 * Reads the body of an inference request once more, by other means than the server. Throws where it can't be one: then an answer
 * with 2xx is wrong.
 */
export function readRestRequest(
  model: FuzzModel,
  body: Buffer,
  headers: { readonly jsonBytes?: string | undefined; readonly coding?: string | undefined },
): OracleRequest {
  const plain = inflated(body, headers.coding);
  const jsonBytes = headers.jsonBytes === undefined ? plain.length : Number(headers.jsonBytes);
  if (jsonBytes === 0) return rawRequest(model, plain);
  const json = parseExactly(utf8.decode(plain.subarray(0, jsonBytes))) as RestRequest;
  let at = jsonBytes;
  const inputs = json.inputs.map(({ name, datatype, shape, data, parameters }): OracleInput => {
    const count = shape.reduce((product, size) => product * size, 1);
    if (data !== undefined)
      return { name, datatype, shape, elements: elementsOfJson(datatype, data.flat(64), count) };
    const bytes = plain.subarray(at, at + parameters!.binary_data_size!);
    at += parameters!.binary_data_size!;
    return { name, datatype, shape, elements: split(datatype, bytes, count) };
  });
  if (at !== plain.length) throw new Error('bytes are left');
  const outputs = json.outputs?.map(({ name }) => name) ?? [];
  const classified = json.outputs?.some(({ parameters }) => (parameters?.classification ?? 0) > 0) ?? false;
  return { id: json.id ?? '', inputs, outputs: outputs.length === 0 ? null : outputs, classified };
}

/** Strict, as the server has to be; the mark at the beginning stays, and is no JSON. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface RestRequest {
  readonly id?: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly data?: readonly unknown[];
    readonly parameters?: { readonly binary_data_size?: number };
  }[];
  readonly outputs?: readonly {
    readonly name: string;
    readonly parameters?: { readonly classification?: number };
  }[];
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Integers beyond 2⁵³ keep their digits; bare NaN and infinities, as Python writes them, are read as texts. */
export function parseExactly(text: string): unknown {
  const read = (json: string): unknown =>
    (JSON.parse as (json: string, reviver: Reviver) => unknown)(json, (_key, value, { source }) =>
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
        ? BigInt(/^-?\d+$/.test(source ?? '') ? source! : value)
        : value,
    );
  try {
    return read(text);
  } catch {
    return read(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs, (part) =>
        part.startsWith('"') ? part : `"${part}"`,
      ),
    );
  }
}

function inflated(body: Buffer, coding: string | undefined): Buffer {
  if (body.length === 0) return body;
  if (coding === 'gzip') return gunzipSync(body);
  return coding === 'deflate' ? inflateSync(body) : body;
}

/** Numbers and texts of JSON as elements. Throws for what the datatype can't hold. */
export function elementsOfJson(datatype: string, values: readonly unknown[], count: number): Elements {
  if (values.length !== count) throw new Error(`${values.length} elements, not ${count}`);
  return values.map((value) => elementOf(datatype, value));
}

function elementOf(datatype: string, value: unknown): Buffer {
  switch (datatype) {
    case 'BYTES':
      if (typeof value !== 'string') break;
      return Buffer.from(value);
    case 'FP32': {
      if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'bigint') break;
      const element = Buffer.alloc(4);
      element.writeFloatLE(Number(value));
      return element;
    }
    case 'INT64': {
      const element = Buffer.alloc(8);
      element.writeBigInt64LE(BigInt(value as number));
      return element;
    }
    case 'UINT8':
      if (typeof value !== 'number' || (value & 0xff) !== value) break;
      return Buffer.of(value);
    case 'BOOL':
      if (typeof value !== 'boolean' && value !== 0 && value !== 1) break;
      return Buffer.of(Number(value));
  }
  throw new Error(`${String(value)} is no ${datatype}`);
}

/** A dense tensor in elements. Throws where the bytes are not those of `count` elements. */
export function split(datatype: string, bytes: Buffer, count: number): Elements {
  const size = sizeOf(datatype);
  if (size === undefined) throw new Error(`no such datatype: ${datatype}`);
  const elements: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = size > 0 ? size : bytes.readUInt32LE(at);
    if (size === 0) at += 4;
    if (at + length > bytes.length) throw new Error('an element is cut off');
    elements.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (elements.length !== count) throw new Error(`${elements.length} elements, not ${count}`);
  return elements;
}

function rawRequest(model: FuzzModel, body: Buffer): OracleRequest {
  const [input, ...others] = model.inputs;
  const open = input!.shape.slice(1).includes(-1);
  const item = input!.shape.slice(1).reduce((product, size) => product * Math.abs(size), 1);
  const size = sizeOf(input!.datatype)!;
  const shape = [1, ...input!.shape.slice(1).map((dim) => (dim < 0 ? body.length : dim))];
  if (others.length > 0 || size === 0) throw new Error('no raw input');
  const elements = split(input!.datatype, body, open ? body.length / size : item);
  return { id: '', inputs: [{ ...input!, shape, elements }], outputs: null, classified: false };
}

/** What the null engine answers, by output. Throws where the request does not fit the model. */
export function expectedAnswer(model: FuzzModel, request: OracleRequest): Map<string, Elements> {
  checkFits(model, request);
  const first = request.inputs.find(({ name }) => name === model.inputs[0]!.name)!;
  const [items, ...rest] = first.shape as [number, ...number[]];
  const wanted = request.outputs ?? model.outputs.map(({ name }) => name);
  return new Map(
    wanted.map((name) => {
      const output = model.outputs.find((candidate) => candidate.name === name)!;
      const perItem = output.shape
        .slice(1)
        .reduce((product, size, axis) => product * (size < 0 ? rest[axis]! : size), 1);
      return [name, copied(first, items, perItem, output.datatype)];
    }),
  );
}

function checkFits(model: FuzzModel, request: OracleRequest): void {
  if (request.inputs.length !== model.inputs.length) throw new Error('a wrong number of inputs');
  const items = request.inputs[0]!.shape[0]!;
  for (const { name, datatype, shape } of model.inputs) {
    const given = request.inputs.find((input) => input.name === name)!;
    const fits = given.shape.every((size, axis) =>
      axis === 0 ? size === items : size === shape[axis] || (shape[axis] === -1 && size > 0),
    );
    if (given.datatype !== datatype || given.shape.length !== shape.length || !fits || !(items > 0))
      throw new Error(`${name} does not fit`);
  }
}

function copied(first: OracleInput, items: number, perItem: number, datatype: string): Elements {
  const given = first.elements.length / items;
  if (datatype !== first.datatype) {
    const nothing = Buffer.alloc(sizeOf(datatype)!);
    return Array.from({ length: items * perItem }, () => nothing);
  }
  return Array.from(
    { length: items * perItem },
    (_, at) => first.elements[Math.floor(at / perItem) * given + ((at % perItem) % given)]!,
  );
}
