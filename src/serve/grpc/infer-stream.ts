import { create } from '@bufbuild/protobuf';
import { freeMemory } from '../chunks.ts';
import { countCopy } from '../copies.ts';
import { ModelInferResponseSchema, ModelStreamInferResponseSchema } from '../generated/grpc_service_pb.ts';
import type { InferCall, InferResult } from '../types.ts';
import { CallRecord, idOf, requestIdKey } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import { decodeInferRequest } from './decode-infer-request.ts';
import { encodeStreamAnswer } from './encode-infer-response.ts';
import { answerOf, startInference } from './infer.ts';
import { encode, type MethodHandler } from './methods.ts';
import { detailsOf } from './status.ts';
import { type Call, ending, grpcStatus } from './transport/index.ts';

/** `ModelStreamInfer`. */
export function modelStreamInfer(context: GrpcContext): MethodHandler {
  return { takes: 'many', handle: (stream) => new InferStream(context, stream).open() };
}

/** A request of a stream, in the place of its answer. */
interface Slot {
  /** Null: refused before it ran. */
  call: InferCall | null;
  /** Null: not yet answered. */
  answer: Buffer | null;
}

/** What was asked for: by the message's id, and by the request's. */
interface Asked {
  readonly id: string;
  readonly record: CallRecord;
}

/**
 * One stream of requests. They run side by side and are answered in their own order, as Triton does for models that give one answer
 * to a request; an error is an answer too, and the stream goes on.
 */
class InferStream {
  private readonly context: GrpcContext;
  private readonly stream: Call;
  private readonly slots: Slot[] = [];
  /** The client is slower than its answers: they wait here and not in the stream. */
  private blocked = false;
  /** Nothing more is read. */
  private ending: 'no' | 'half-closed' | 'draining' = 'no';
  private closed = false;
  private takeOff: () => void = () => {};
  private readonly id: string;
  private taken = 0;

  constructor(context: GrpcContext, stream: Call) {
    this.context = context;
    this.stream = stream;
    this.id = idOf(stream);
  }

  open(): void {
    const { stream } = this;
    stream.open({ [requestIdKey]: this.id });
    this.takeOff = this.context.onDrain(() => this.end('draining'));
    stream.onMessage = (message) => this.take(message);
    stream.onHalfClose = () => this.end('half-closed');
    stream.onDrain = () => {
      this.blocked = false;
      this.flush();
    };
    stream.onCancel = () => this.close();
  }

  private take(message: Buffer): void {
    if (this.closed || this.ending === 'draining') return;
    const slot: Slot = { call: null, answer: null };
    this.taken++;
    const record = new CallRecord(this.context, this.stream, `${this.id}.${this.taken}`);
    this.slots.push(slot);
    try {
      const { asked, call } = startInference(this.context, message, this.stream.deadlineMs, record.id);
      slot.call = call;
      call.result.then(
        (result) => {
          freeMemory(message);
          slot.answer = this.answer({ id: asked.id, record }, result, () =>
            answerOf(this.context, asked, result),
          );
          this.flush();
        },
        (thrown) => {
          slot.answer = this.failure({ id: asked.id, record }, thrown);
          this.flush();
        },
      );
    } catch (thrown) {
      slot.answer = this.failure({ id: messageId(message), record }, thrown);
      this.flush();
    }
    this.adjustReading();
  }

  /** Written at once: the arena must not wait for a slow client. */
  private answer(
    asked: Asked,
    result: InferResult,
    make: () => Parameters<typeof encodeStreamAnswer>[0],
  ): Buffer {
    try {
      const message = encodeStreamAnswer(make()).toBuffer();
      countCopy('grpc', message.byteLength);
      asked.record.answered(result);
      return message;
    } catch (thrown) {
      return this.failure(asked, thrown);
    } finally {
      result.release();
    }
  }

  private failure({ id, record }: Asked, thrown: unknown): Buffer {
    const error = record.errorOf(thrown);
    return encode(
      ModelStreamInferResponseSchema,
      create(ModelStreamInferResponseSchema, {
        errorMessage: detailsOf(error),
        inferResponse: create(ModelInferResponseSchema, { id }),
      }),
    );
  }

  private flush(): void {
    if (this.closed) return;
    while (!this.blocked && this.slots.length > 0 && this.slots[0]!.answer !== null)
      this.blocked = !this.stream.write(this.slots.shift()!.answer!);
    if (this.slots.length === 0 && this.ending !== 'no') this.finish();
    else this.adjustReading();
  }

  private adjustReading(): void {
    if (this.closed || this.ending !== 'no') return;
    const full = this.slots.length >= this.context.options.maxStreamInFlight;
    if (full) this.stream.pause();
    else this.stream.resume();
  }

  private end(how: 'half-closed' | 'draining'): void {
    if (this.ending !== 'draining') this.ending = how;
    this.flush();
  }

  private finish(): void {
    const { stream } = this;
    const drained = this.ending === 'draining';
    this.close();
    stream.end(
      drained ? ending(grpcStatus.UNAVAILABLE, 'the server is shutting down') : ending(grpcStatus.OK, ''),
    );
  }

  /** Nothing more is written; what still runs is dropped. */
  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.takeOff();
    for (const { call } of this.slots) call?.cancel();
  }
}

/** The id of a request that was refused, so that the client can tell which one it was. */
function messageId(message: Buffer): string {
  try {
    return decodeInferRequest(message).id;
  } catch {
    return '';
  }
}
