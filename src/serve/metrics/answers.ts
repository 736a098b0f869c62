import { channel } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';

/** Answers since the process began, by protocol and status. */
export const answers = new Map<string, AnswerCount>();

/** Answers of one protocol with one status. */
export interface AnswerCount {
  /** `none`: no route was found. */
  readonly protocol: string;
  /** Of HTTP; 499: the client left. Of gRPC, by name. */
  readonly status: string;
  count: number;
}

/** What is counted of an answer; `null`: no route was found. */
export interface CountedAnswer {
  readonly protocol: string | null;
  readonly status: number | string;
}

/** Counts one. Protocols are those of routes and statuses are ours: both are few. */
export function countAnswer({ protocol, status }: CountedAnswer): void {
  const key = `${protocol} ${status}`;
  const known = answers.get(key);
  if (known !== undefined) known.count++;
  else answers.set(key, { protocol: protocol ?? 'none', status: String(status), count: 1 });
}

/** By number: https://grpc.io/docs/guides/status-codes/ */
const grpcStatuses = [
  'OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS',
  'UNAUTHENTICATED',
]; // biome-ignore format: a table

let watching = false;

/**
 * Counts calls of gRPC when their streams close: nothing in the gRPC server tells of those that it answers itself, because the method is
 * unknown or the message too large.
 */
export function watchGrpcAnswers(): void {
  if (watching) return;
  watching = true;
  channel('http2.server.stream.close').subscribe((message) => {
    const { stream } = message as { readonly stream: ServerHttp2Stream };
    countAnswer({ protocol: 'grpc', status: grpcStatusOf(stream) });
  });
}

/** A stream that is closed without a status was cancelled, by its client or with its connection. */
function grpcStatusOf({ sentTrailers, sentHeaders }: ServerHttp2Stream): string {
  const number = sentTrailers?.['grpc-status'] ?? sentHeaders?.['grpc-status'];
  return number === undefined ? 'CANCELLED' : (grpcStatuses[Number(number)] ?? 'UNKNOWN');
}
