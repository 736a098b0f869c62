/** Status codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
export const grpcStatus = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** One of them. */
export type GrpcStatus = (typeof grpcStatus)[keyof typeof grpcStatus];

/** Metadata that goes out; texts of printable ASCII. */
export type Metadata = Readonly<Record<string, string>>;

/** How a call ends. */
export interface Ending {
  readonly code: GrpcStatus;
  /** What is wrong, for people; it is percent-encoded on the wire. */
  readonly details: string;
  readonly trailers: Metadata;
}

/** An ending that needs no trailers of its own. */
export function ending(code: GrpcStatus, details: string): Ending {
  return { code, details, trailers: {} };
}

/** The trailers that say how a call ended. */
export function trailersOf({ code, details, trailers }: Ending): Record<string, string> {
  // `encodeURI` escapes more than the protocol asks for, which every decoder undoes, and throws on half a surrogate pair.
  return {
    ...trailers,
    'grpc-status': String(code),
    'grpc-message': encodeURI(details.toWellFormed()),
  };
}
