import type { ThinferError } from '../../errors.ts';
import type { AccessClass } from '../doorkeeper.ts';
import type { Exchange } from './exchange.ts';

export type { AccessClass } from '../doorkeeper.ts';

/** HEAD is answered where GET is. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** Answers a request. What it throws, or rejects with, is answered as an error. */
export type Handler = (exchange: Exchange) => void | Promise<void>;

/** An error as a protocol's clients read it. */
export interface ErrorBody {
  readonly status: number;
  readonly body: unknown;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** What a protocol answers to anything thrown. */
export type ErrorForm = (error: ThinferError) => ErrorBody;

/** One method of one path. */
export interface Route {
  readonly method: Method;
  /** `/v2/models/{model}/ready`: a segment in braces takes any one segment, decoded, and gives it a name. */
  readonly path: string;
  /** Whose words errors and logs use: `oip`, `torchserve`, `prometheus`, `page`. */
  readonly protocol: string;
  readonly access: AccessClass;
  readonly handle: Handler;
  /** Default: `{"error": …}`. Also that of paths which begin as this one and lead nowhere. */
  readonly errorOf?: ErrorForm;
}
