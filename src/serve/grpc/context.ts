import { ThinferError } from '../../errors.ts';
import type { ServeCore } from '../types.ts';
import type { ResolvedGrpcOptions } from './options.ts';
import { statusOf } from './status.ts';
import type { Ending } from './transport/index.ts';

/** What all methods share. */
export class GrpcContext {
  readonly core: ServeCore;
  readonly options: ResolvedGrpcOptions;
  private readonly drainListeners = new Set<() => void>();
  private drains = false;

  constructor(core: ServeCore, options: ResolvedGrpcOptions) {
    this.core = core;
    this.options = options;
  }

  /** Whether new calls are refused. */
  get draining(): boolean {
    return this.drains || this.core.state === 'draining';
  }

  /** Whether the server can answer for all its models. */
  get ready(): boolean {
    return !this.draining && this.core.state === 'ready' && this.core.ready;
  }

  /** From now on new calls are refused, and streams end when their answers are sent. */
  drain(): void {
    this.drains = true;
    for (const listener of this.drainListeners) listener();
  }

  /** Calls `listener` when draining begins; the function that is given back takes it off. */
  onDrain(listener: () => void): () => void {
    this.drainListeners.add(listener);
    return () => this.drainListeners.delete(listener);
  }

  /** What a call to `method` ends with after `thrown`. A bug is told to the server's log and not to the client. */
  failure(thrown: unknown, method: string, requestId: string): Ending {
    return statusOf(this.errorOf(thrown, method, requestId));
  }

  /** What a client may know of `thrown`. */
  errorOf(thrown: unknown, method: string, requestId: string): ThinferError {
    const error = ThinferError.from(thrown);
    if (error.code !== 'bug') return error;
    this.options.onBug(error, method, requestId);
    return new ThinferError('bug', 'internal error; the server has logged it');
  }
}
