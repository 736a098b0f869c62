/**
 * The one error class of thinfer, with a closed set of codes. What a code means to the shell is one table;
 * tables for HTTP and gRPC stand beside their protocols.
 */

/** What went wrong, as a closed set. */
export type ErrorCode =
  /** The words of the command line, or a value in them, are wrong. */
  | 'usage'
  /** A file or folder that was named does not exist or can't be read. */
  | 'not-found'
  /** The model's file is damaged, of another kind, or asks for what the engine does not know. */
  | 'model-invalid'
  /** Shapes, free dimensions or types do not fit the model. */
  | 'shape-invalid'
  /** A stored file or database is damaged or from a newer version. */
  | 'store-invalid'
  /** Another command holds what this one needs. */
  | 'busy'
  /** The disk is full, read-only, or refuses to be written. */
  | 'storage'
  /** The machine can't do what was asked: cores, memory, operating system. */
  | 'machine'
  /** No configuration meets the goal and its limits. */
  | 'no-plan'
  /** An engine refused or failed. */
  | 'engine-failed'
  /** An engine or instance ran out of memory. */
  | 'out-of-memory'
  /** An instance died, hung or broke the protocol. */
  | 'instance-failed'
  /** The user interrupted. */
  | 'interrupted'
  /** A client's request is malformed, or asks for what the protocol does not know. */
  | 'request-invalid'
  /** A request is larger than a limit of the server. */
  | 'too-large'
  /** The client may not do that: no token, or a wrong one. */
  | 'denied'
  /** As many requests wait as may. */
  | 'overloaded'
  /** The request can't be answered before its deadline, or was not. */
  | 'late'
  /** The server is starting or draining, or no instance of the model lives. */
  | 'unavailable'
  /** A broken invariant. */
  | 'bug';

const exitStatusByCode: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  'not-found': 2,
  'model-invalid': 2,
  'shape-invalid': 2,
  'store-invalid': 2,
  busy: 3,
  storage: 3,
  machine: 3,
  'no-plan': 3,
  'engine-failed': 4,
  'out-of-memory': 4,
  'instance-failed': 4,
  interrupted: 130,
  'request-invalid': 2,
  'too-large': 2,
  denied: 4,
  overloaded: 4,
  late: 4,
  unavailable: 4,
  bug: 70,
};

/** What an error carries beside its code and message. */
export interface ErrorDetail {
  /** What to do about it, in one sentence; printed on a line of its own. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Every error that thinfer raises on purpose: what is wrong and where (`message`), what to do (`remedy`). */
export class ThinferError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, { cause: detail.cause });
    this.name = 'ThinferError';
    this.code = code;
    this.remedy = detail.remedy;
  }

  /** The exit status of a command that ends with this error. */
  get exitStatus(): number {
    return exitStatusByCode[this.code];
  }

  /** Wraps anything thrown; a `ThinferError` stays itself, a system error gets the code that fits, anything else is a bug. */
  static from(thrown: unknown): ThinferError {
    if (thrown instanceof ThinferError) return thrown;
    if (!(thrown instanceof Error)) return new ThinferError('bug', String(thrown));
    return new ThinferError(codeOfSystemError(thrown), thrown.message, { cause: thrown });
  }
}

function codeOfSystemError(error: Error): ErrorCode {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'not-found';
    case 'ENOSPC':
    case 'EROFS':
    case 'EDQUOT':
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
      return 'storage';
    case 'ENOMEM':
      return 'out-of-memory';
    default:
      return 'bug';
  }
}

/** Throws a `bug` unless `condition` holds. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new ThinferError('bug', `${what} This is a bug.`);
}
