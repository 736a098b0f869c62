import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { ThinferError } from '../../../errors.ts';
import { Call } from './call.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { httpRefusal, plainHead, readHead } from './request-head.ts';

/** How calls are taken. */
export interface TransportOptions extends ConnectionLimits {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer; readonly clientCa?: Buffer };
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxConnections: number;
}

/** Most bytes of a call's metadata. */
const maxHeaderListBytes = 64 * 1024;

/** Calls over HTTP/2, from the opening of the port to its end. It knows nothing of methods. */
export class Listener {
  /** The port that it listens on. */
  readonly port: number;
  private readonly server: Http2Server | Http2SecureServer;
  private readonly sockets = new Set<Socket>();
  private readonly connections = new Set<Connection>();

  constructor(
    server: Http2Server | Http2SecureServer,
    options: TransportOptions,
    take: (call: Call) => void,
  ) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
    server.on('session', (session) => {
      const connection = new Connection(session, options);
      this.connections.add(connection);
      session.on('close', () => this.connections.delete(connection));
      const { peer } = connection;
      const { maxMessageBytes } = options;
      connection.onCall((stream, headers) => open(stream, headers, { peer, maxMessageBytes }, take));
    });
    // Told to the session too, which ends itself.
    server.on('sessionError', () => {});
  }

  /** Takes no more connections, tells clients to go, and is done when they are gone; after `graceMs` they are closed. */
  async close(graceMs: number): Promise<void> {
    const gone = [...this.sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    this.server.close();
    for (const connection of this.connections) connection.drain();
    const timer = setTimeout(() => this.force(), graceMs);
    await Promise.all(gone);
    clearTimeout(timer);
    this.force();
  }

  private force(): void {
    for (const connection of this.connections) connection.destroy();
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Listens. Throws `machine` where the port is taken or may not be used, `usage` where the certificate is wrong. */
export async function listenHttp2(options: TransportOptions, take: (call: Call) => void): Promise<Listener> {
  const server = createHttp2Server(options);
  server.maxConnections = options.maxConnections;
  const { host, port } = options;
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ThinferError('machine', `gRPC can't listen on ${host}:${port}: ${(cause as Error).message}`, {
      cause,
      remedy: 'choose another port, or 0 for any that is free',
    });
  }
  return new Listener(server, options, take);
}

function createHttp2Server({
  tls,
  handshakeMs,
  maxConcurrentStreams,
}: TransportOptions): Http2Server | Http2SecureServer {
  const common = {
    settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderListBytes, enablePush: false },
    unknownProtocolTimeout: handshakeMs,
    // In MB. It counts answers that wait to be sent, and beyond it refuses calls; the number of calls is the bound here.
    maxSessionMemory: 2 ** 20,
  };
  if (tls === undefined) return createServer(common);
  const pair: SecureServerOptions = {
    ...common,
    ...{ cert: tls.certificate, key: tls.key, handshakeTimeout: handshakeMs, allowHTTP1: false },
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
  };
  try {
    return createSecureServer(pair);
  } catch (cause) {
    throw new ThinferError(
      'usage',
      `the certificate or key of gRPC can't be used: ${(cause as Error).message}`,
      { cause, remedy: 'give both as PEM' },
    );
  }
}

function open(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { peer, maxMessageBytes }: { readonly peer: string; readonly maxMessageBytes: number },
  take: (call: Call) => void,
): void {
  const status = httpRefusal(headers);
  if (status !== null) {
    refuse(stream, status);
    return;
  }
  const head = readHead(headers);
  const path = headers[':path'] ?? '';
  if ('coding' in head) take(new Call(stream, { path, headers, peer, head, maxMessageBytes }));
  else new Call(stream, { path, headers, peer, head: plainHead, maxMessageBytes }).end(head);
}

/** The client speaks HTTP/2 but not gRPC. */
function refuse(stream: ServerHttp2Stream, status: number): void {
  stream.on('error', () => {});
  stream.resume();
  stream.respond({ ':status': status }, { endStream: true });
}
