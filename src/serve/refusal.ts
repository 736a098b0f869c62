import { ThinferError } from '../errors.ts';
import type { RefusalDetail } from './types.ts';

/** A request that is not taken, or that was given up, though nothing is wrong with it. */
export class Refusal extends ThinferError {
  /** In how many ms a request like this one would be done; undefined where that can't be told. */
  readonly expectedMs: number | undefined;

  constructor(code: 'overloaded' | 'late' | 'unavailable', message: string, detail: RefusalDetail = {}) {
    super(code, message);
    this.name = 'Refusal';
    this.expectedMs = detail.expectedMs;
  }
}
