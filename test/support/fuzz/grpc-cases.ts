import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type InferTensorContents,
  type InferTensorContentsSchema,
  type ModelInferRequest,
  ModelInferRequestSchema,
  type ModelInferResponse,
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
} from '../../../src/serve/generated/grpc_service_pb.ts';
import { compareOutputs, type Problem } from './judge.ts';
import { fuzzModels } from './models.ts';
import { mutateBytes } from './mutate.ts';
import { hasFieldOfOtherType } from './odd-fields.ts';
import { type Elements, expectedAnswer, type OracleRequest, sizeOf, split } from './oracle.ts';
import type { Random } from './random.ts';

/** A call: its frames as they are sent, and how what comes back is judged. */
export interface GrpcCase {
  readonly family: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: Buffer;
  /** `half-close`: the sending side is ended; `reset`: the call is reset at once, over a connection for such calls. */
  readonly end: 'half-close' | 'reset';
  /** `status`: null where the call ended without one. */
  readonly judge: (status: number | null, messages: readonly Buffer[], details: string) => Problem;
}

const inferPath = '/inference.GRPCInferenceService/ModelInfer';
const streamPath = '/inference.GRPCInferenceService/ModelStreamInfer';

/** A message in its frame. */
export function frame(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}

/** A request that fits one of the models; contents in their fields or raw. */
function validMessage(random: Random): ModelInferRequest {
  const model = random.chance(0.05) ? fuzzModels[0]! : random.pick(fuzzModels.slice(1));
  const items = random.between(1, 4);
  const width = random.between(1, 12);
  const raw = random.chance(0.7);
  const tensors = model.inputs.map(({ name, datatype, shape }) => {
    const dims = shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? items : width));
    const count = dims.reduce((product, size) => product * size, 1);
    return { name, datatype, dims, elements: Array.from({ length: count }, () => element(random, datatype)) };
  });
  return create(ModelInferRequestSchema, {
    modelName: model.name,
    modelVersion: random.chance(0.2) ? '1' : '',
    id: random.chance(0.5) ? `g-${random.next()}` : '',
    inputs: tensors.map(({ name, datatype, dims, elements }) => ({
      ...{ name, datatype, shape: dims.map(BigInt) },
      ...(raw ? {} : { contents: contentsOf(datatype, elements) }),
    })),
    outputs: model.outputs.filter(() => random.chance(0.7)).map(({ name }) => ({ name })),
    rawInputContents: raw ? tensors.map(({ datatype, elements }) => joined(datatype, elements)) : [],
  });
}

function element(random: Random, datatype: string): Buffer {
  if (datatype === 'BOOL') return Buffer.of(random.between(0, 1));
  if (datatype === 'BYTES')
    return Buffer.from('some text of a client '.repeat(4).slice(0, random.between(0, 80)));
  return random.bytes(sizeOf(datatype)!);
}

function joined(datatype: string, elements: Elements): Uint8Array {
  if (datatype !== 'BYTES') return Buffer.concat(elements);
  return Buffer.concat(
    elements.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return [length, text];
    }),
  );
}

function contentsOf(
  datatype: string,
  elements: Elements,
): MessageInitShape<typeof InferTensorContentsSchema> {
  switch (datatype) {
    case 'FP32':
      return { fp32Contents: elements.map((bytes) => bytes.readFloatLE()) };
    case 'INT64':
      return { int64Contents: elements.map((bytes) => bytes.readBigInt64LE()) };
    case 'UINT8':
      return { uintContents: elements.map((bytes) => bytes[0]!) };
    case 'BOOL':
      return { boolContents: elements.map((bytes) => bytes[0] === 1) };
    default:
      return { bytesContents: [...elements] };
  }
}

function elementsOf(datatype: string, contents: InferTensorContents | undefined, count: number): Elements {
  const number = (size: number, write: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.alloc(size);
    write(bytes);
    return bytes;
  };
  const {
    fp32Contents = [],
    int64Contents = [],
    uintContents = [],
    boolContents = [],
    bytesContents = [],
  } = contents ?? {};
  const all = {
    FP32: () => fp32Contents.map((value) => number(4, (bytes) => bytes.writeFloatLE(value))),
    INT64: () => int64Contents.map((value) => number(8, (bytes) => bytes.writeBigInt64LE(value))),
    UINT8: () => uintContents.map((value) => number(1, (bytes) => bytes.writeUInt8(value))),
    BOOL: () => boolContents.map((value) => Buffer.of(Number(value))),
    BYTES: () => bytesContents.map((value) => Buffer.from(value)),
  }[datatype as 'FP32'];
  const elements = all();
  if (elements.length !== count) throw new Error(`${elements.length} elements, not ${count}`);
  return elements;
}

/** The message as the oracle reads it, with the general decoder and not the server's own. */
function readMessage(message: Uint8Array): { readonly model: string; readonly request: OracleRequest } {
  const { modelName, id, inputs, outputs, rawInputContents } = fromBinary(ModelInferRequestSchema, message);
  const read = inputs.map(({ name, datatype, shape, contents }, at) => {
    const dims = shape.map(Number);
    const count = dims.reduce((product, size) => product * size, 1);
    const elements =
      rawInputContents.length > 0
        ? split(datatype, Buffer.from(rawInputContents[at]!), count)
        : elementsOf(datatype, contents, count);
    return { name, datatype, shape: dims, elements };
  });
  const names = [...new Set(outputs.map(({ name }) => name))];
  const classified = outputs.some(({ parameters }) => 'classification' in parameters);
  return {
    model: modelName,
    request: { id, inputs: read, outputs: names.length === 0 ? null : names, classified },
  };
}

/** The general decoder refuses texts that are not UTF-8; the server reads them with U+FFFD. */
const strictText = /not valid for encoding utf-8/;

function judgeAnswer(message: Uint8Array, answer: ModelInferResponse): Problem {
  try {
    const { model, request } = readMessage(message);
    const expected = expectedAnswer(fuzzModels.find(({ name }) => name === model)!, request);
    if (request.classified) return null;
    if (request.id !== '' && answer.id !== request.id) return `the id is ${answer.id}, not ${request.id}`;
    const outputs = answer.outputs.map(({ name, datatype, shape }, at): [string, Elements] => {
      const count = shape.reduce((product, size) => product * Number(size), 1);
      return [name, split(datatype, Buffer.from(answer.rawOutputContents[at]!), count)];
    });
    const problem = compareOutputs(expected, new Map(outputs));
    return problem !== null && hasFieldOfOtherType(Buffer.from(message)) ? null : problem;
  } catch (error) {
    if (hasFieldOfOtherType(Buffer.from(message)) || strictText.test((error as Error).message)) return null;
    return `answered with OK, though the request is wrong: ${(error as Error).message}`;
  }
}

/** OK has to come with the right answer; INTERNAL and UNKNOWN are failures of the server itself. */
function judgeUnary(message: Uint8Array): GrpcCase['judge'] {
  return (status, messages, details) => {
    if (status === 0)
      return messages.length === 1
        ? judgeAnswer(message, fromBinary(ModelInferResponseSchema, messages[0]!))
        : `OK with ${messages.length} messages`;
    return status === null || status === 2 || status === 13 ? `ended with ${status}: ${details}` : null;
  };
}

/** A valid `ModelInfer`. */
export function validCall(random: Random): GrpcCase {
  const message = toBinary(ModelInferRequestSchema, validMessage(random));
  const judge = judgeUnary(message);
  return call('grpc-valid', inferPath, frame(message), (status, messages, details) =>
    status === 0 ? judge(status, messages, details) : `a valid call ended with ${status}: ${details}`,
  );
}

/** Its bytes changed, in a right frame. */
export function mutatedCall(random: Random): GrpcCase {
  const message = mutateBytes(random, Buffer.from(toBinary(ModelInferRequestSchema, validMessage(random))));
  return call('grpc-mutated-bytes', inferPath, frame(message), judgeUnary(message));
}

const sizes = [0n, -1n, 1n, 7n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];

/** Its fields changed. */
export function mutatedFieldsCall(random: Random): GrpcCase {
  const given = validMessage(random);
  for (let round = random.between(1, 3); round > 0; round--) mutateFields(random, given);
  const message = toBinary(ModelInferRequestSchema, given);
  return call('grpc-mutated-fields', inferPath, frame(message), judgeUnary(message));
}

function mutateFields(random: Random, message: ModelInferRequest): void {
  const input = message.inputs.length === 0 ? undefined : random.pick(message.inputs);
  switch (random.between(0, 9)) {
    case 0:
      if (input !== undefined && input.shape.length > 0)
        input.shape[random.next() % input.shape.length] = random.pick(sizes);
      break;
    case 1:
      if (input !== undefined)
        input.shape = Array.from({ length: random.between(0, 40) }, () => random.pick(sizes));
      break;
    case 2:
      if (input !== undefined)
        input.datatype = random.pick(['FP32', 'BYTES', 'INT64', 'UINT8', 'FP16', 'BF16', '', '__proto__']);
      break;
    case 3:
      if (input !== undefined) input.name = random.pick(['', '__proto__', 'input', 'text', 'x'.repeat(2000)]);
      break;
    case 4:
      if (input !== undefined) message.inputs.push(input);
      break;
    case 5:
      message.rawInputContents.push(random.bytes(random.between(0, 40)));
      break;
    case 6:
      message.rawInputContents.splice(0, 1);
      break;
    case 7:
      message.modelVersion = random.pick(['0', '-1', '2', '1e0', '01', ' 1', '9'.repeat(40), '\u0000']);
      break;
    case 8:
      message.outputs.push(
        ...create(ModelInferRequestSchema, {
          outputs: [{ name: random.pick(['', 'again', 'x', '__proto__']) }],
        }).outputs,
      );
      break;
    default:
      if (input !== undefined)
        input.contents = create(ModelInferRequestSchema, {
          inputs: [{ contents: { int64Contents: sizes, boolContents: [true] } }],
        }).inputs[0]!.contents!;
  }
}

/** Frames that lie: a flag for compression over plain bytes, lengths that are too large or too small, none, several. */
export function brokenFramesCall(random: Random): GrpcCase {
  const message = toBinary(ModelInferRequestSchema, validMessage(random));
  const frames = random.pick([
    ...[
      frame(message, 1),
      frame(message, 255),
      frame(message, 0, 0xffffffff),
      frame(message, 0, message.length + 1),
    ],
    ...[
      frame(message, 0, 2),
      Buffer.alloc(0),
      Buffer.alloc(3),
      Buffer.concat([frame(message), frame(message)]),
      random.bytes(60),
    ],
  ]);
  const headers: Record<string, string> = random.chance(0.5)
    ? { 'grpc-encoding': random.pick(['gzip', 'deflate', 'identity', 'br', '']) }
    : random.pick([
        {},
        { 'grpc-timeout': random.pick(['0n', '1m', '-1S', '99999999H', 'x', '']) },
        { 'content-type': 'text/plain' },
      ]);
  // They are ended as HTTP/2 likes, also without a status.
  return { ...call('grpc-broken-frames', inferPath, frames, () => null), headers };
}

/** A stream of requests, some of them wrong; every one is answered, in its place, and those with an answer rightly. */
export function streamCall(random: Random): GrpcCase {
  const messages = Array.from({ length: random.between(0, 6) }, () => {
    const message = Buffer.from(toBinary(ModelInferRequestSchema, validMessage(random)));
    return random.chance(0.3) ? mutateBytes(random, message) : message;
  });
  const frames = Buffer.concat(messages.map((message) => frame(message)));
  return call('grpc-stream', streamPath, frames, (status, answers, details) => {
    if (status !== 0 || answers.length !== messages.length)
      return `the stream ended with ${status} after ${answers.length} of ${messages.length} answers: ${details}`;
    const problems = answers.map((bytes, at) => {
      const { errorMessage, inferResponse } = fromBinary(ModelStreamInferResponseSchema, bytes);
      return errorMessage === '' ? judgeAnswer(messages[at]!, inferResponse!) : null;
    });
    return problems.find((problem) => problem !== null) ?? null;
  });
}

/** A call that is reset while it runs. */
export function resetCall(random: Random): GrpcCase {
  const message = toBinary(ModelInferRequestSchema, validMessage(random));
  const frames = frame(message).subarray(
    0,
    random.chance(0.5) ? message.length + 5 : random.between(0, message.length),
  );
  return {
    ...call('grpc-reset', random.chance(0.5) ? inferPath : streamPath, frames, () => null),
    end: 'reset',
  };
}

const methods = [
  'ServerLive', 'ServerReady', 'ModelReady', 'ServerMetadata', 'ModelMetadata', 'ModelConfig', 'ModelStatistics', 'RepositoryIndex',
  'RepositoryModelLoad', 'RepositoryModelUnload', 'SystemSharedMemoryStatus', 'SystemSharedMemoryRegister',
  'SystemSharedMemoryUnregister', 'CudaSharedMemoryStatus', 'CudaSharedMemoryRegister', 'TraceSetting', 'LogSettings', 'Nothing', '',
].map((name) => `/inference.GRPCInferenceService/${name}`); // biome-ignore format: a table
const others = [
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/',
  '/x',
  '/__proto__/toString',
];

/** Any other method, with bytes of any kind. */
export function otherCall(random: Random): GrpcCase {
  const message = random.pick([
    Buffer.alloc(0),
    random.bytes(30),
    Buffer.from('\n\u0004tiny'),
    Buffer.from('\n\u0000\u0012\u0001x'),
  ]);
  return call(
    'grpc-other',
    random.pick([...methods, ...others]),
    frame(message),
    (status, _messages, details) =>
      // Some servers say INTERNAL where a message can't be decoded.
      status === 2 || (status === 13 && !/deserial|decod|wire|parse|invalid|premature/i.test(details))
        ? `ended with ${status}: ${details}`
        : null,
  );
}

function call(family: string, path: string, frames: Buffer, judge: GrpcCase['judge']): GrpcCase {
  return { family, path, headers: {}, frames, end: 'half-close', judge };
}
