import { type ErrorCode, ThinferError } from '../../errors.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { answerOf } from '../http/status.ts';

/** The names of exceptions that TorchServe's clients look for. */
export type TorchErrorType =
  | 'BadRequestException'
  | 'ConflictStatusException'
  | 'InternalServerException'
  | 'InvalidKeyException'
  | 'InvalidModelVersionException'
  | 'MethodNotAllowedException'
  | 'ModelNotFoundException'
  | 'ModelVersionNotFoundException'
  | 'ResourceNotFoundException'
  | 'ServiceUnavailableException';

/** An error with TorchServe's own name and status. */
export class TorchProblem extends HttpProblem {
  readonly type: TorchErrorType;

  constructor(status: number, code: ErrorCode, type: TorchErrorType, message: string) {
    super(status, code, message);
    this.name = 'TorchProblem';
    this.type = type;
  }
}

/** Something in the request is wrong. */
export function badRequest(message: string): TorchProblem {
  return new TorchProblem(400, 'request-invalid', 'BadRequestException', message);
}

interface Shown {
  readonly type: TorchErrorType;
  /** Where it is not the status of the other protocols. */
  readonly status?: number;
}

/** Error codes in TorchServe's words; its statuses come from its `HttpRequestHandler`. */
const shownByCode: Readonly<Record<ErrorCode, Shown>> = {
  usage: { type: 'BadRequestException' },
  'request-invalid': { type: 'BadRequestException' },
  'shape-invalid': { type: 'BadRequestException' },
  'model-invalid': { type: 'BadRequestException' },
  'too-large': { type: 'BadRequestException' },
  interrupted: { type: 'BadRequestException' },
  denied: { type: 'InvalidKeyException' },
  'not-found': { type: 'ResourceNotFoundException' },
  busy: { type: 'ConflictStatusException' },
  overloaded: { type: 'ServiceUnavailableException' },
  unavailable: { type: 'ServiceUnavailableException' },
  late: { type: 'ServiceUnavailableException', status: 503 },
  'out-of-memory': { type: 'InternalServerException', status: 507 },
  bug: { type: 'InternalServerException' },
  'engine-failed': { type: 'InternalServerException' },
  'instance-failed': { type: 'InternalServerException' },
  'store-invalid': { type: 'InternalServerException' },
  storage: { type: 'InternalServerException' },
  machine: { type: 'InternalServerException' },
  'no-plan': { type: 'InternalServerException' },
};

/** An error as TorchServe's clients read it. */
export interface TorchErrorAnswer {
  readonly status: number;
  readonly body: { readonly code: number; readonly type: TorchErrorType; readonly message: string };
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** What a client is told of anything thrown. */
export function torchErrorOf(thrown: unknown): TorchErrorAnswer {
  const error = ThinferError.from(thrown);
  const { status: usual, message, headers } = answerOf(error);
  const shown = shownByCode[error.code];
  const status = error instanceof HttpProblem ? error.status : (shown.status ?? usual);
  const type = error instanceof TorchProblem ? error.type : (typeByStatus.get(status) ?? shown.type);
  return { status, body: { code: status, type, message }, headers };
}

const typeByStatus = new Map<number, TorchErrorType>([[405, 'MethodNotAllowedException']]);

/** What a client sent, short enough for an answer. */
export function shortened(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
