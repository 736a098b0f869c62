import type { ThinferError } from '../../errors.ts';
import type { AccessTokens } from '../doorkeeper.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import type { GrpcAnswered } from './call-record.ts';
import type { ManagementHooks } from './hooks.ts';

/** How the gRPC listener behaves. */
export interface GrpcOptions {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8001, as Triton's; 0: any that is free. */
  readonly port?: number;
  /** Certificate chain and private key, PEM. Default: no TLS. `clientCa`: clients must show a certificate signed by it. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer; readonly clientCa?: Buffer };
  /** Default: inference is open, management is closed. */
  readonly tokens?: AccessTokens;
  /** Largest request, also after decompression. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Most calls at once on one connection; further ones wait at the client. Default 128. */
  readonly maxConcurrentStreams?: number;
  /** Connections beyond it are closed at once. Default 256. */
  readonly maxConnections?: number;
  /** Most requests of one `ModelStreamInfer` that are under way; further ones stay in the socket. Default 64. */
  readonly maxStreamInFlight?: number;
  /** A connection without calls is closed after it. Default 10 min. */
  readonly idleMs?: number;
  /** A ping is sent after so long, to notice clients that vanished. Default 1 min. */
  readonly keepaliveMs?: number;
  /** A ping that stays unanswered for so long closes the connection. Default 20 s. */
  readonly keepaliveTimeoutMs?: number;
  /** A new connection that does not speak HTTP/2 within it is closed. Default 10 s. */
  readonly handshakeMs?: number;
  /** Load and unload, where the server can. Default: refused. */
  readonly management?: ManagementHooks;
  /** System shared memory, the same as that of REST. Default: off. */
  readonly sharedMemory?: SharedMemory;
  /** Told of errors with the code `bug`, which clients see only as such. */
  readonly onBug?: (error: ThinferError, method: string, requestId: string) => void;
  /** Told of every call that was answered, and of every request of a stream. Default: nobody is. */
  readonly onAnswered?: (answered: GrpcAnswered) => void;
}

/** Options of which all are set. */
export type ResolvedGrpcOptions = Required<Omit<GrpcOptions, Optional>> & Pick<GrpcOptions, Optional>;

type Optional = 'tls' | 'management' | 'sharedMemory' | 'onAnswered';

/** Sets what was not given. */
export function resolveGrpcOptions(options: GrpcOptions): ResolvedGrpcOptions {
  return {
    host: '127.0.0.1',
    port: 8001,
    tokens: {},
    maxMessageBytes: 64 * 2 ** 20,
    maxConcurrentStreams: 128,
    maxConnections: 256,
    maxStreamInFlight: 64,
    idleMs: 600_000,
    keepaliveMs: 60_000,
    keepaliveTimeoutMs: 20_000,
    handshakeMs: 10_000,
    onBug: () => {},
    ...options,
  };
}
