import { ThinferError } from '../../errors.ts';
import { requestId } from '../http/request-id.ts';
import type { InferResult } from '../types.ts';
import { accessOf } from './access.ts';
import type { GrpcContext } from './context.ts';
import { statusOf } from './status.ts';
import { type Ending, grpcStatus, type Metadata } from './transport/index.ts';

/** Metadata key of a request's id: taken from the call where it is well-formed, and sent back in the trailers. */
export const requestIdKey = 'x-request-id';

/** One call that was answered, or one request of a stream. */
export interface GrpcAnswered {
  readonly id: string;
  /** `inference.GRPCInferenceService/ModelInfer`; a method that is not answered is not named: its words have no bound. */
  readonly method: string | null;
  /** gRPC's status code. */
  readonly code: number;
  readonly ms: number;
  /** Moment of `performance.now()`. */
  readonly arrivedMs: number;
  /** What went wrong; null: nothing. */
  readonly error: ThinferError | null;
  /** What was inferred; null: nothing. */
  readonly inference: Pick<InferResult, 'model' | 'version' | 'timing'> | null;
  readonly trace: { readonly traceparent: string | undefined; readonly tracestate: string | undefined };
  readonly peer: string | null;
}

/** What is needed of a call of any kind. */
export interface RecordedCall {
  readonly path: string;
  readonly peer: string;
  header(name: string): string | undefined;
}

/** A call, or a request of a stream, from its arrival to its answer. */
export class CallRecord {
  readonly id: string;
  private readonly context: GrpcContext;
  private readonly call: RecordedCall;
  private readonly arrivedMs = performance.now();

  /** @param id Default: the call's own. */
  constructor(context: GrpcContext, call: RecordedCall, id = idOf(call)) {
    this.context = context;
    this.call = call;
    this.id = id;
  }

  /** What goes with the answer. */
  get trailer(): Metadata {
    return { [requestIdKey]: this.id };
  }

  /** It was answered. */
  answered(inference: GrpcAnswered['inference'] = null): void {
    this.tell(grpcStatus.OK, null, inference);
  }

  /** It failed; gives what the call ends with. */
  failed(thrown: unknown): Ending {
    const ending = statusOf(this.errorOf(thrown));
    return { ...ending, trailers: { ...ending.trailers, ...this.trailer } };
  }

  /** It failed; gives what the client may know of it. */
  errorOf(thrown: unknown): ThinferError {
    const error = this.context.errorOf(thrown, this.call.path, this.id);
    this.tell(statusOf(error).code, ThinferError.from(thrown), null);
    return error;
  }

  private tell(code: number, error: ThinferError | null, inference: GrpcAnswered['inference']): void {
    const { onAnswered } = this.context.options;
    if (onAnswered === undefined) return;
    const { call, arrivedMs, id } = this;
    onAnswered({
      ...{ id, code, error, inference, arrivedMs },
      method: accessOf(call.path) === undefined ? null : call.path.slice(1),
      ms: performance.now() - arrivedMs,
      trace: {
        traceparent: call.header('traceparent'),
        tracestate: call.header('tracestate'),
      },
      peer: call.peer,
    });
  }
}

/** The id that a call's metadata names, or a new one. */
export function idOf(call: Pick<RecordedCall, 'header'>): string {
  return requestId(call.header(requestIdKey));
}
