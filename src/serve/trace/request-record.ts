import type { ThinferError } from '../../errors.ts';
import type { GrpcAnswered } from '../grpc/call-record.ts';
import type { Answered } from '../http/index.ts';
import type { InferResult } from '../types.ts';

/** A request that is over, of any protocol. */
export interface RequestRecord {
  /** The same in logs, spans and the answer. */
  readonly id: string;
  /** What it was: `POST /v2/models/{model}/infer`, `inference.GRPCInferenceService/ModelInfer`. */
  readonly name: string;
  /** Moment of `performance.now()`. */
  readonly arrivedMs: number;
  readonly ms: number;
  /** What went wrong; null: nothing. */
  readonly error: ThinferError | null;
  /** Whether the server could not do what it should; a client's mistake is none. */
  readonly failed: boolean;
  readonly inference: Pick<InferResult, 'model' | 'version' | 'timing'> | null;
  readonly trace: { readonly traceparent: string | undefined; readonly tracestate: string | undefined };
  /** By OpenTelemetry's semantic conventions. */
  readonly attributes: Readonly<Record<string, string | number>>;
  /** What a line of the log says of it beside what all lines do. */
  readonly shown: Readonly<Record<string, string | number | null>>;
}

const knownMethods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
]);
const longestPath = 256;

/** An HTTP request. */
export function recordOfHttp(answered: Answered): RequestRecord {
  const { id, method, path, protocol, status, error } = answered;
  const verb = knownMethods.has(method) ? method : '_OTHER';
  const name = verb === '_OTHER' ? 'HTTP' : verb;
  const bad = status >= 400;
  return {
    ...{ id, error, ms: answered.ms, arrivedMs: answered.arrivedMs },
    ...{ inference: answered.inference, trace: answered.trace },
    name: path === null ? name : `${name} ${path}`,
    failed: status >= 500,
    attributes: {
      'http.request.method': verb,
      'http.response.status_code': status,
      'url.scheme': answered.secure ? 'https' : 'http',
      'url.path': pathOf(answered.url),
      ...(path === null ? {} : { 'http.route': path }),
      ...(answered.peer === null ? {} : { 'client.address': answered.peer }),
      ...(bad ? { 'error.type': error?.code ?? String(status) } : {}),
    },
    shown: { protocol: protocol ?? 'http', method: verb, path, status },
  };
}

/** Without the query, which may hold what nobody else should see. */
function pathOf(url: string): string {
  const at = url.indexOf('?');
  return (at < 0 ? url : url.slice(0, at)).slice(0, longestPath);
}

const grpcCodes = [
  'OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS',
  'UNAUTHENTICATED',
] as const; // biome-ignore format: a table

/** Those that the conventions count as the server's own; its refusals for want of room are added. */
const serversOwn = new Set<string>([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'RESOURCE_EXHAUSTED',
]);

/** A gRPC call, or one request of a stream. */
export function recordOfGrpc(answered: GrpcAnswered): RequestRecord {
  const { id, method, code, error, peer } = answered;
  const status = grpcCodes[code] ?? 'UNKNOWN';
  return {
    ...{ id, error, ms: answered.ms, arrivedMs: answered.arrivedMs },
    ...{ inference: answered.inference, trace: answered.trace },
    name: method ?? 'grpc',
    failed: serversOwn.has(status),
    attributes: {
      'rpc.system.name': 'grpc',
      'rpc.response.status_code': status,
      ...(method === null ? {} : { 'rpc.method': method }),
      ...(peer === null ? {} : { 'client.address': peer.replace(/:\d+$/, '') }),
      ...(status === 'OK' ? {} : { 'error.type': error?.code ?? status }),
    },
    shown: { protocol: 'grpc', method: method?.slice(method.indexOf('/') + 1) ?? null, status },
  };
}
