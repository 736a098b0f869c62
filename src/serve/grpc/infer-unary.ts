import { freeMemory } from '../chunks.ts';
import { countCopy } from '../copies.ts';
import { CallRecord } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import { encodeInferResponse } from './encode-infer-response.ts';
import { answerOf, type StartedInference, startInference } from './infer.ts';
import type { MethodHandler } from './methods.ts';
import type { Call } from './transport/index.ts';

/** `ModelInfer`. */
export function modelInfer(context: GrpcContext): MethodHandler {
  return { takes: 'one', handle: (call, message) => inferUnary(context, call, message) };
}

function inferUnary(context: GrpcContext, call: Call, message: Buffer): void {
  const record = new CallRecord(context, call);
  let started: StartedInference;
  try {
    started = startInference(context, message, call.deadlineMs, record.id);
  } catch (thrown) {
    call.end(record.failed(thrown));
    return;
  }
  const { asked, call: running } = started;
  const leave = (): void => running.cancel();
  call.onCancel = leave;
  running.result.then(
    (result) => {
      freeMemory(message);
      try {
        const answer = encodeInferResponse(answerOf(context, asked, result));
        countCopy('grpc', answer.byteLength);
        call.reply(answer, record.trailer);
        record.answered(result);
      } catch (thrown) {
        call.end(record.failed(thrown));
      } finally {
        result.release();
      }
    },
    (thrown) => call.end(record.failed(thrown)),
  );
}
