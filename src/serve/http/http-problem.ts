import { type ErrorCode, ThinferError } from '../../errors.ts';

/** An error that only HTTP knows, with its own status. */
export class HttpProblem extends ThinferError {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];

  constructor(status: number, code: ErrorCode, message: string, headers: readonly string[] = []) {
    super(code, message);
    this.name = 'HttpProblem';
    this.status = status;
    this.headers = headers;
  }
}
