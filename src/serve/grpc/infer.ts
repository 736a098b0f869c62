import { ThinferError } from '../../errors.ts';
import { countCopy } from '../copies.ts';
import { classify, encodeClasses } from '../oip/classification.ts';
import { batchesFirst } from '../oip/config.ts';
import { datatypeOf } from '../oip/datatypes.ts';
import type { InferCall, InferResult, OutputTensor } from '../types.ts';
import type { GrpcContext } from './context.ts';
import { decodeInferRequest } from './decode-infer-request.ts';
import type { Answer, AnswerTensor } from './encode-infer-response.ts';
import { type AskedInference, readInferRequest, type WantedOutput } from './read-infer-request.ts';

/** An inference that was asked for and is under way. */
export interface StartedInference {
  readonly asked: AskedInference;
  readonly call: InferCall;
}

/** Decodes a `ModelInferRequest` and hands it to the core. Throws what is wrong with the request itself. */
export function startInference(
  context: GrpcContext,
  message: Buffer,
  deadlineMs: number | null,
  requestId: string,
): StartedInference {
  // Out of the socket's buffers into one piece.
  countCopy('grpc', message.length);
  const nowMs = performance.now();
  const asked = readInferRequest(decodeInferRequest(message), {
    requestId,
    nowMs,
    deadlineMs,
    sharedMemory: context.options.sharedMemory,
  });
  return { asked, call: context.core.infer(asked.model, asked.version, asked.request) };
}

/** The answer to what was asked; tensors are still memory of `result`. Throws `request-invalid`. */
export function answerOf(context: GrpcContext, asked: AskedInference, result: InferResult): Answer {
  const { model, version, outputs } = result;
  const { wanted } = asked;
  const tensors = outputs.map((output) => {
    const want = wanted?.find(({ name }) => name === output.name);
    return want === undefined ? plain(output) : asWanted(context, output, want, result);
  });
  return { model, version, id: asked.id, outputs: tensors };
}

function plain({ name, type, shape, data }: OutputTensor): AnswerTensor {
  return { name, datatype: datatypeOf(type), shape, data };
}

function asWanted(
  context: GrpcContext,
  output: OutputTensor,
  want: WantedOutput,
  result: InferResult,
): AnswerTensor {
  const tensor = want.classes > 0 ? asClasses(context, output, want.classes, result) : plain(output);
  if (want.region === null) return tensor;
  const bytes = tensor.data.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (bytes > want.region.bytes)
    throw new ThinferError(
      'request-invalid',
      `shared memory size specified with the request for output '${output.name}' (${want.region.bytes} bytes) should be at least ${bytes} bytes to hold the results`,
    );
  context.options.sharedMemory!.write(want.region.name, want.region.offset, tensor.data);
  countCopy('shared-memory', bytes);
  return { ...tensor, data: [] };
}

function asClasses(
  { core }: GrpcContext,
  output: OutputTensor,
  count: number,
  result: InferResult,
): AnswerTensor {
  const batched = batchesFirst(core.model(result.model, result.version));
  const classes = classify(output, count, batched);
  return { name: output.name, datatype: 'BYTES', shape: classes.shape, data: [encodeClasses(classes)] };
}
