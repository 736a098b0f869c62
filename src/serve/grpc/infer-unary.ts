import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { countCopy } from '../copies.ts';
import { CallRecord } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import { encodeInferResponse } from './encode-infer-response.ts';
import { answerOf, type StartedInference, startInference } from './infer.ts';
import type { MethodHandler, Outgoing } from './methods.ts';

/** `ModelInfer`. */
export function modelInfer(context: GrpcContext): MethodHandler {
  return { type: 'unary', handle: (call, reply) => inferUnary(context, call, reply) };
}

function inferUnary(
  context: GrpcContext,
  call: ServerUnaryCall<Buffer, Outgoing>,
  reply: sendUnaryData<Outgoing>,
): void {
  const record = new CallRecord(context, call);
  let started: StartedInference;
  try {
    started = startInference(context, call.request, call.getDeadline(), record.id);
  } catch (thrown) {
    reply(record.failed(thrown));
    return;
  }
  const { asked, call: running } = started;
  let settled = false;
  // Also emitted at the end of every call.
  call.on('cancelled', () => {
    if (!settled) running.cancel();
  });
  running.result.then(
    (result) => {
      settled = true;
      try {
        const message = encodeInferResponse(answerOf(context, asked, result));
        countCopy('grpc', message.byteLength);
        // grpc-js serialises before it returns, or not at all.
        reply(null, message, record.trailer);
        record.answered(result);
      } catch (thrown) {
        reply(record.failed(thrown));
      } finally {
        result.release();
      }
    },
    (thrown) => {
      settled = true;
      reply(record.failed(thrown));
    },
  );
}
