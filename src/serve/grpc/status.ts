import { type ErrorCode, ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';
import { Denial } from './access.ts';
import { type Ending, type GrpcStatus, grpcStatus as status } from './transport/index.ts';

/** What a code means to a gRPC client. */
const statusByCode: Readonly<Record<ErrorCode, GrpcStatus>> = {
  usage: status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  'model-invalid': status.FAILED_PRECONDITION,
  'shape-invalid': status.INVALID_ARGUMENT,
  'request-invalid': status.INVALID_ARGUMENT,
  // Triton refuses a batch that is too large as any other shape that doesn't fit.
  'too-large': status.INVALID_ARGUMENT,
  denied: status.PERMISSION_DENIED,
  // Not UNAVAILABLE, as in Triton: that one tells clients to try at once, and elsewhere.
  overloaded: status.RESOURCE_EXHAUSTED,
  late: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
  busy: status.UNAVAILABLE,
  interrupted: status.CANCELLED,
  'store-invalid': status.INTERNAL,
  storage: status.INTERNAL,
  machine: status.INTERNAL,
  'no-plan': status.INTERNAL,
  'engine-failed': status.INTERNAL,
  'instance-failed': status.INTERNAL,
  'out-of-memory': status.INTERNAL,
  bug: status.INTERNAL,
};

/** Trailer of a refusal: in how many ms a request like this one would be done. */
export const expectedMsKey = 'x-thinfer-expected-ms';

/** Trailers are limited to 8 KiB by most clients, and a message is percent-encoded. */
const longestDetails = 1000;

/** What a call ends with after `thrown`. */
export function statusOf(thrown: unknown): Ending {
  const error = ThinferError.from(thrown);
  const unknown = error instanceof Denial && error.token === 'none';
  return {
    code: unknown ? status.UNAUTHENTICATED : statusByCode[error.code],
    details: detailsOf(error),
    trailers: trailersOf(error),
  };
}

function trailersOf(error: ThinferError): Ending['trailers'] {
  if (!(error instanceof Refusal) || error.expectedMs === undefined || !Number.isFinite(error.expectedMs))
    return {};
  return { [expectedMsKey]: String(Math.ceil(error.expectedMs)) };
}

/** The text that goes with a status: what is wrong, and what to do. */
export function detailsOf(error: ThinferError): string {
  const text = error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
  // Half a surrogate pair can't be encoded, and the cut may leave one.
  return text.slice(0, longestDetails).toWellFormed();
}
