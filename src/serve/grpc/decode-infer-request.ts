import { ThinferError } from '../../errors.ts';
import type { ParameterValue } from '../oip/parameters.ts';
import { WireReader, wireType } from './wire-reader.ts';

/** Parameters by name; undefined for one that was sent without a value. */
export type WireParameters = ReadonlyMap<string, ParameterValue | undefined>;

/** An input of a `ModelInferRequest`. */
export interface WireInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters: WireParameters;
  /** Serialised `InferTensorContents`; several parts where the field came more than once (they merge). Null: not there. */
  readonly contents: readonly Buffer[] | null;
}

/** A requested output of a `ModelInferRequest`. */
export interface WireOutput {
  readonly name: string;
  readonly parameters: WireParameters;
}

/** A `ModelInferRequest`; tensors are memory of the message. */
export interface WireInferRequest {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters: WireParameters;
  readonly inputs: readonly WireInput[];
  readonly outputs: readonly WireOutput[];
  readonly raw: readonly Buffer[];
}

/** Most tensors, parameters and dimensions of one request: two bytes on the wire must not become objects without end. */
export const wireLimits = { tensors: 1024, parameters: 256, rank: 32 } as const;

const noParameters: WireParameters = new Map();
const noShape: readonly number[] = [];

/**
 * Decodes a `ModelInferRequest`. Written by hand because it runs for every request and because a general decoder makes an object
 * of every element, also of a hostile message's; it agrees with protobuf-es on all messages within the limits
 * (`decode-infer-request.test.ts`). Throws `request-invalid` for a damaged message, `too-large` beyond `wireLimits`.
 */
export function decodeInferRequest(message: Uint8Array): WireInferRequest {
  const reader = new WireReader(message);
  let modelName = '';
  let modelVersion = '';
  let id = '';
  let parameters: Map<string, ParameterValue | undefined> | null = null;
  const inputs: WireInput[] = [];
  const outputs: WireOutput[] = [];
  const raw: Buffer[] = [];
  while (reader.next()) {
    if (!reader.is(wireType.lengthDelimited)) {
      reader.skip();
      continue;
    }
    switch (reader.field) {
      case 1:
        modelName = reader.string();
        break;
      case 2:
        modelVersion = reader.string();
        break;
      case 3:
        id = reader.string();
        break;
      case 4:
        parameters = addParameter(parameters, reader.view());
        break;
      case 5:
        push(inputs, decodeInput(reader.view()), 'inputs');
        break;
      case 6:
        push(outputs, decodeOutput(reader.view()), 'outputs');
        break;
      case 7:
        push(raw, reader.view(), 'raw_input_contents');
        break;
      default:
        reader.skip();
    }
  }
  return { modelName, modelVersion, id, parameters: parameters ?? noParameters, inputs, outputs, raw };
}

function decodeInput(bytes: Buffer): WireInput {
  const reader = new WireReader(bytes);
  let name = '';
  let datatype = '';
  let shape: number[] | null = null;
  let parameters: Map<string, ParameterValue | undefined> | null = null;
  let contents: Buffer[] | null = null;
  while (reader.next()) {
    const delimited = reader.is(wireType.lengthDelimited);
    if (reader.field === 3) {
      shape ??= [];
      decodeShape(reader, shape);
    } else if (!delimited) reader.skip();
    else if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) datatype = reader.string();
    else if (reader.field === 4) parameters = addParameter(parameters, reader.view());
    else if (reader.field === 5) {
      contents ??= [];
      push(contents, reader.view(), 'contents');
    } else reader.skip();
  }
  return { name, datatype, shape: shape ?? noShape, parameters: parameters ?? noParameters, contents };
}

function decodeOutput(bytes: Buffer): WireOutput {
  const reader = new WireReader(bytes);
  let name = '';
  let parameters: Map<string, ParameterValue | undefined> | null = null;
  while (reader.next()) {
    if (!reader.is(wireType.lengthDelimited)) reader.skip();
    else if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) parameters = addParameter(parameters, reader.view());
    else reader.skip();
  }
  return { name, parameters: parameters ?? noParameters };
}

/** Repeated numbers come packed or one by one. */
function decodeShape(reader: WireReader, shape: number[]): void {
  if (reader.is(wireType.varint)) addSize(shape, reader.int64());
  else if (!reader.is(wireType.lengthDelimited)) reader.skip();
  else {
    const packed = reader.view();
    const sizes = new WireReader(packed);
    while (sizes.left()) addSize(shape, sizes.int64());
  }
}

function addSize(shape: number[], size: number): void {
  if (shape.length === wireLimits.rank)
    throw new ThinferError('too-large', `a tensor has more than ${wireLimits.rank} dimensions`);
  shape.push(size);
}

/** Adds an entry of a `map<string, InferParameter>`. */
function addParameter(
  parameters: Map<string, ParameterValue | undefined> | null,
  bytes: Buffer,
): Map<string, ParameterValue | undefined> {
  const map = parameters ?? new Map<string, ParameterValue | undefined>();
  const reader = new WireReader(bytes);
  let key = '';
  let value: ParameterValue | undefined;
  while (reader.next()) {
    if (!reader.is(wireType.lengthDelimited)) reader.skip();
    else if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = decodeParameter(reader.view(), value);
    else reader.skip();
  }
  if (map.size === wireLimits.parameters && !map.has(key))
    throw new ThinferError('too-large', `a request has more than ${wireLimits.parameters} parameters`);
  return map.set(key, value);
}

function decodeParameter(bytes: Buffer, before: ParameterValue | undefined): ParameterValue | undefined {
  const reader = new WireReader(bytes);
  let value = before;
  while (reader.next()) {
    if (reader.field === 1 && reader.is(wireType.varint)) value = reader.bool();
    else if (reader.field === 2 && reader.is(wireType.varint)) value = reader.int64();
    else if (reader.field === 3 && reader.is(wireType.lengthDelimited)) value = reader.string();
    else if (reader.field === 4 && reader.is(wireType.fixed64)) value = reader.double();
    else if (reader.field === 5 && reader.is(wireType.varint)) value = reader.uint64();
    else reader.skip();
  }
  return value;
}

function push<T>(list: T[], item: T, what: string): void {
  if (list.length === wireLimits.tensors)
    throw new ThinferError('too-large', `a request has more than ${wireLimits.tensors} ${what}`);
  list.push(item);
}
