/** What a listener allows. */
export interface HttpLimits {
  /** Bytes of a request's line and headers. Default 16 KiB; 431 beyond. */
  readonly headerBytes: number;
  /** Bytes of a body as it is sent. Default 64 MiB; 413 beyond. */
  readonly bodyBytes: number;
  /** Bytes of a compressed body when it is inflated. Default 64 MiB; 413 beyond, as soon as they are reached. */
  readonly inflatedBytes: number;
  /** Bytes of all bodies held at once. Default 1 GiB; 503 beyond. */
  readonly heldBytes: number;
  /** Bytes of JSON in a request. Default 16 MiB: parsed, it takes several times as much. 413 beyond. */
  readonly jsonBytes: number;
  /** Arrays and objects in each other. Default 72: nested `data` of 64 dimensions. */
  readonly jsonDepth: number;
  /** Inputs of a request, and outputs asked for. Default 256 each. */
  readonly tensors: number;
  /** Dimensions of a tensor. Default 64. */
  readonly dimensions: number;
  /** Elements of a tensor. Default 2³¹ - 1. */
  readonly elements: number;
  /** Connections at once; those beyond are closed unanswered. Default 4096. */
  readonly connections: number;
  /** Until a request's headers must have come. Default 10 s; 408 beyond. */
  readonly headersTimeoutMs: number;
  /** Until a whole request must have come. Default 120 s; 408 beyond. */
  readonly requestTimeoutMs: number;
  /** An idle connection is kept so long. Default 75 s: longer than the 60 s of usual proxies, so that these close first. */
  readonly idleTimeoutMs: number;
  /** A client that does not read its answer is cut off when nothing has moved for so long. Default 30 s. */
  readonly responseTimeoutMs: number;
}

/** The defaults. */
export const defaultLimits: HttpLimits = {
  headerBytes: 16 * 2 ** 10,
  bodyBytes: 64 * 2 ** 20,
  inflatedBytes: 64 * 2 ** 20,
  heldBytes: 2 ** 30,
  jsonBytes: 16 * 2 ** 20,
  jsonDepth: 72,
  tensors: 256,
  dimensions: 64,
  elements: 2 ** 31 - 1,
  connections: 4096,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  idleTimeoutMs: 75_000,
  responseTimeoutMs: 30_000,
};
