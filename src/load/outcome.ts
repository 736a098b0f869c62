/** How a request ended. `late` is a right answer after the deadline; `abandoned` was cut off when the run was interrupted. */
export const outcomes = [
  'ok',
  'late',
  'wrong',
  'refused',
  'failed',
  'timedOut',
  'lost',
  'abandoned',
] as const;
/** How a request ended. */
export type Outcome = (typeof outcomes)[number];

/** What a server's answer says, as protocols see it. */
export type Reply =
  | { readonly state: 'answered'; readonly answer: Answer }
  /** Overload or shutdown: HTTP 429, 503, 504; gRPC RESOURCE_EXHAUSTED, UNAVAILABLE, DEADLINE_EXCEEDED. */
  | { readonly state: 'refused'; readonly kind: string; readonly text: string; readonly retryAfter: boolean }
  /** Any other error that the server reports. */
  | { readonly state: 'failed'; readonly kind: string; readonly text: string }
  /** No connection, or one that broke or spoke no HTTP. */
  | { readonly state: 'lost'; readonly kind: string; readonly text: string };

/** A successful answer; its bytes are read only where answers are verified. */
export interface Answer {
  /** The whole body. Two equal bodies are equal answers. */
  readonly body: Uint8Array;
  /** The tensors in it. Throws `request-invalid` where it is not what the protocol says. */
  readonly tensors: () => AnswerTensor[];
}

/** A tensor of an answer. */
export interface AnswerTensor {
  readonly name: string;
  /** In the protocol's own words. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Numbers that may differ within the tolerance, or values that must be equal. */
  readonly values: Float64Array | readonly unknown[];
}
