import { ThinferError } from '../../errors.ts';
import { countCopy } from '../copies.ts';
import { classify, encodeClasses } from '../oip/classification.ts';
import { batchesFirst } from '../oip/config.ts';
import { datatypeOf } from '../oip/datatypes.ts';
import { formatJsonData } from '../oip/format-json-data.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import type { InferResult, ModelView, OutputTensor } from '../types.ts';
import { acceptedCoding, type Coding, compress } from './content-coding.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderOutput } from './infer-header.ts';
import type { ReadRequest } from './read-infer-request.ts';

interface Body {
  readonly json: string;
  /** Behind the JSON; memory of the result. */
  readonly binary: readonly Uint8Array[];
  readonly hasBinary: boolean;
}

/** Sends an answer. The result is released when its memory is not needed any more, whatever happens. */
export async function writeInferResponse(
  exchange: Exchange,
  view: ModelView,
  read: ReadRequest,
  result: InferResult,
  sharedMemory: SharedMemory | null,
): Promise<void> {
  let released = false;
  const release = (): void => {
    if (!released) result.release();
    released = true;
  };
  exchange.atClose(release);
  if (exchange.closed) return;
  try {
    const body = bodyOf(view, read, result, sharedMemory);
    if (!body.hasBinary) release();
    const coding = exchange.context.compression ? acceptedCoding(exchange.header('accept-encoding')) : null;
    if (coding !== null) await sendCompressed(exchange, body, coding, release);
    else send(exchange, body);
  } catch (error) {
    release();
    throw error;
  }
}

function send(exchange: Exchange, { json, binary, hasBinary }: Body): void {
  if (!hasBinary) exchange.text(200, 'application/json', json);
  else exchange.bytes(200, 'application/octet-stream', json, binary, headerLength(json));
}

async function sendCompressed(
  exchange: Exchange,
  { json, binary, hasBinary }: Body,
  coding: Coding,
  release: () => void,
): Promise<void> {
  const bytes = Buffer.concat([Buffer.from(json), ...binary]);
  release();
  const type = hasBinary ? 'application/octet-stream' : 'application/json';
  const headers = ['Content-Encoding', coding, 'Vary', 'Accept-Encoding'];
  if (hasBinary) headers.push(...headerLength(json));
  exchange.bytes(200, type, '', [await compress(bytes, coding)], headers);
}

function headerLength(json: string): readonly string[] {
  return ['Inference-Header-Content-Length', String(Buffer.byteLength(json))];
}

function bodyOf(
  view: ModelView,
  read: ReadRequest,
  result: InferResult,
  sharedMemory: SharedMemory | null,
): Body {
  const binary: Uint8Array[] = [];
  let hasBinary = false;
  let outputs = '';
  for (const output of result.outputs) {
    const wish = read.outputs?.get(output.name) ?? null;
    const tensor = wish !== null && wish.classes > 0 ? classesOf(view, output, wish) : output;
    if (outputs !== '') outputs += ',';
    outputs += describe(tensor);
    if (wish !== null && wish.region !== null) {
      placeInRegion(tensor, wish, sharedMemory);
      outputs += '}';
    } else if (wish?.binary ?? read.binary) {
      hasBinary = true;
      outputs += `,"parameters":{"binary_data_size":${bytesOf(tensor)}}}`;
      for (const piece of tensor.data) binary.push(piece);
    } else {
      outputs += `,"data":${formatJsonData(tensor)}}`;
      countCopy('json', bytesOf(tensor));
    }
  }
  const id = read.id === null ? '' : `"id":${JSON.stringify(read.id)},`;
  const model = `"model_name":${JSON.stringify(result.model)},"model_version":${JSON.stringify(result.version)}`;
  return { json: `{${id}${model},"outputs":[${outputs}]}`, binary, hasBinary };
}

/** A tensor's beginning; what follows says where its elements are. */
function describe({ name, type, shape }: OutputTensor): string {
  return `{"name":${JSON.stringify(name)},"datatype":"${datatypeOf(type)}","shape":[${shape.join(',')}]`;
}

function classesOf(view: ModelView, output: OutputTensor, wish: HeaderOutput): OutputTensor {
  const classes = classify(output, wish.classes, batchesFirst(view));
  return { name: output.name, type: 'string', shape: classes.shape, data: [encodeClasses(classes)] };
}

/** As in Triton, the answer does not repeat where the tensor lies. */
function placeInRegion(tensor: OutputTensor, wish: HeaderOutput, sharedMemory: SharedMemory | null): void {
  const { region, offset, bytes: room } = wish.region!;
  const bytes = bytesOf(tensor);
  checkRoom(tensor, bytes, room);
  // Requests whose regions are not there were refused before they were run.
  sharedMemory?.write(region, offset, tensor.data);
  countCopy('shared-memory', bytes);
}

function checkRoom(tensor: OutputTensor, bytes: number, room: number): void {
  if (bytes > room)
    throw new ThinferError(
      'request-invalid',
      `shared memory size specified with the request for output '${tensor.name}' (${room} bytes) should be at least ${bytes} bytes to hold the results`,
    );
}

function bytesOf(tensor: OutputTensor): number {
  let bytes = 0;
  for (const piece of tensor.data) bytes += piece.length;
  return bytes;
}
