import type { ErrorCode, ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';
import { HttpProblem } from './http-problem.ts';

/** Error codes in HTTP. */
const statusByCode: Readonly<Record<ErrorCode, number>> = {
  usage: 400,
  'request-invalid': 400,
  'shape-invalid': 400,
  'model-invalid': 400,
  denied: 403,
  'not-found': 404,
  busy: 409,
  'too-large': 413,
  interrupted: 499,
  bug: 500,
  'engine-failed': 500,
  'instance-failed': 500,
  'store-invalid': 500,
  storage: 500,
  machine: 500,
  'no-plan': 500,
  overloaded: 503,
  unavailable: 503,
  'out-of-memory': 503,
  late: 504,
};

/** An error as it is answered. */
export interface ErrorAnswer {
  readonly status: number;
  readonly message: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/**
 * What a client is told of an error. A bug's own words may name files and code: they stay in the log. 503 and 504 say when to
 * come back: `Retry-After` in whole seconds, at least 1, and `x-thinfer-expected-ms` where it is known.
 */
export function answerOf(error: ThinferError): ErrorAnswer {
  const status = error instanceof HttpProblem ? error.status : statusByCode[error.code];
  const headers = error instanceof HttpProblem ? [...error.headers] : [];
  if (status === 503 || status === 504) headers.push(...waitingHeaders(error));
  if (error.code === 'bug') return { status, message: 'internal error', headers };
  const message = error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
  return { status, message, headers };
}

function waitingHeaders(error: ThinferError): string[] {
  const expectedMs = error instanceof Refusal ? error.expectedMs : undefined;
  if (expectedMs === undefined || !Number.isFinite(expectedMs)) return ['Retry-After', '1'];
  const seconds = Math.max(1, Math.ceil(expectedMs / 1000));
  return ['Retry-After', String(seconds), 'x-thinfer-expected-ms', String(Math.ceil(expectedMs))];
}
