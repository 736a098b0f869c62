import { ThinferError } from '../../errors.ts';
import { bytesPerElement } from '../../model/index.ts';
import { Chunks } from '../chunks.ts';
import { countCopy } from '../copies.ts';
import { encodeJsonData, InexactInteger } from '../oip/encode-json-data.ts';
import { deadlineOf } from '../oip/parameters.ts';
import { parseJson, parseJsonExactly } from '../oip/parse-json.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import type { InferRequest, InputTensor, ModelView } from '../types.ts';
import type { Exchange, ExchangeContext } from './exchange.ts';
import { type HeaderInput, type HeaderOutput, type InferHeader, readInferHeader } from './infer-header.ts';

/** A request, and how its answer is to be sent. */
export interface ReadRequest {
  readonly request: InferRequest;
  /** The client's own id, to be sent back; null: none. */
  readonly id: string | null;
  /** By name; an output that is not in it is sent as `binary` says. */
  readonly outputs: ReadonlyMap<string, HeaderOutput> | null;
  /** How outputs are sent that don't say. */
  readonly binary: boolean;
}

/** Reads the body of an inference request: JSON, then the bytes of binary tensors, which are not copied. */
export function readInferRequest(
  exchange: Exchange,
  view: ModelView,
  body: Chunks,
  sharedMemory: SharedMemory | null,
): ReadRequest {
  const jsonBytes = jsonLength(exchange, body);
  if (jsonBytes === 0) return rawRequest(exchange, view, body);
  const { limits } = exchange.context;
  if (jsonBytes > limits.jsonBytes)
    throw new ThinferError('too-large', `the JSON of a request is larger than ${limits.jsonBytes} bytes`, {
      remedy: 'send tensors in binary',
    });
  const text = body.slice(0, jsonBytes).join();
  try {
    const header = headerOf(text, exchange.context);
    return requestOf(exchange, view, header, body, jsonBytes, sharedMemory);
  } catch (error) {
    if (!(error instanceof InexactInteger)) throw error;
    const header = readInferHeader(parseJsonExactly(text, limits.jsonDepth), limits);
    return requestOf(exchange, view, header, body, jsonBytes, sharedMemory);
  }
}

function headerOf(text: Uint8Array, { limits, headers }: ExchangeContext): InferHeader {
  const known = headers.find(text);
  if (known !== undefined) return known;
  const header = readInferHeader(parseJson(text, limits.jsonDepth), limits);
  headers.keep(text, header);
  return header;
}

function requestOf(
  exchange: Exchange,
  view: ModelView,
  header: InferHeader,
  body: Chunks,
  jsonBytes: number,
  sharedMemory: SharedMemory | null,
): ReadRequest {
  const { parameters, outputs } = header;
  return {
    id: header.id,
    binary: parameters.binaryOutput,
    outputs,
    request: {
      id: exchange.id,
      inputs: readInputs(view, header.inputs, body, jsonBytes, sharedMemory),
      outputs: outputs === null ? null : [...outputs.keys()],
      deadlineMs: deadlineOf(
        exchange.arrivedMs,
        parameters.timeoutUs,
        exchange.header('x-thinfer-deadline-ms'),
      ),
      priority: parameters.priority,
    },
  };
}

function readInputs(
  view: ModelView,
  inputs: readonly HeaderInput[],
  body: Chunks,
  jsonBytes: number,
  sharedMemory: SharedMemory | null,
): InputTensor[] {
  let at = jsonBytes;
  const tensors = inputs.map((input) => {
    const { name, type, shape, source } = input;
    if (source.from !== 'binary') return { name, type, shape, data: dataOf(input, sharedMemory) };
    const missing = at + source.bytes - body.length;
    if (missing > 0)
      throw invalid(
        `unexpected size for input '${name}', expecting ${missing} additional bytes for model '${view.name}'`,
      );
    const data = body.slice(at, source.bytes);
    at += source.bytes;
    return { name, type, shape, data };
  });
  if (at < body.length) throw invalid(`unexpected additional input data for model '${view.name}'`);
  return tensors;
}

function dataOf({ name, type, elements, source }: HeaderInput, sharedMemory: SharedMemory | null): Chunks {
  if (source.from === 'json') {
    const bytes = encodeJsonData(name, type, elements, source.data);
    countCopy('json', bytes.length);
    return new Chunks([bytes]);
  }
  const { region, offset, bytes } = (source as Extract<typeof source, { from: 'region' }>).part;
  if (sharedMemory === null)
    throw new ThinferError('not-found', `Unable to find shared memory region: '${region}'`);
  const copied = sharedMemory.read(region, offset, bytes);
  countCopy('shared-memory', copied.length);
  return new Chunks([copied]);
}

/** Bytes of JSON at the beginning of the body: all of it without the header; 0: none, the body is the only tensor. */
function jsonLength(exchange: Exchange, body: Chunks): number {
  const header = exchange.header('inference-header-content-length');
  if (header === undefined) {
    if (body.length === 0) throw invalid('the request has no body');
    return body.length;
  }
  const length = Number(header);
  if (!/^\d{1,15}$/.test(header) || length > body.length)
    throw invalid(
      `inference header size should be in range (0, ${body.length}), got: ${header.slice(0, 40)}`,
    );
  return length;
}

/**
 * Triton's raw request: the body is the one input of a model, and no JSON says so. One free dimension beside the batch, which is
 * 1, follows from its size.
 */
function rawRequest(exchange: Exchange, view: ModelView, body: Chunks): ReadRequest {
  const [spec] = view.inputs;
  if (spec === undefined || view.inputs.length > 1)
    throw invalid(
      `Raw request must only have 1 input (found ${view.inputs.length}) to be deduced for model '${view.name}'`,
    );
  const open = spec.shape.filter((dim) => typeof dim === 'string' && dim !== view.batchDim);
  if (spec.type === 'string' || open.length > 1)
    throw invalid(`the shape of raw input '${spec.name}' can't be told from its size; send it with JSON`);
  let known = 1;
  for (const dim of spec.shape) if (typeof dim === 'number') known *= dim;
  const rest = Math.floor(body.length / (known * bytesPerElement(spec.type)));
  const shape = spec.shape.map((dim) => (typeof dim === 'number' ? dim : dim === view.batchDim ? 1 : rest));
  return {
    id: null,
    binary: true,
    outputs: null,
    request: {
      id: exchange.id,
      inputs: [{ name: spec.name, type: spec.type, shape, data: body }],
      outputs: null,
      deadlineMs: deadlineOf(exchange.arrivedMs, null, exchange.header('x-thinfer-deadline-ms')),
      priority: 0,
    },
  };
}

function invalid(message: string): ThinferError {
  return new ThinferError('request-invalid', message);
}
