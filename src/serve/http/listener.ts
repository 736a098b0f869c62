import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ThinferError } from '../../errors.ts';
import { type AccessTokens, Doorkeeper } from '../doorkeeper.ts';
import type { InferResult, ServeCore } from '../types.ts';
import { authorise } from './authorise.ts';
import { answerPreflight, BrowserGate, type BrowserRules } from './browser-gate.ts';
import { Exchange, type ExchangeContext } from './exchange.ts';
import { HeaderMemo } from './header-memo.ts';
import { HttpProblem } from './http-problem.ts';
import { defaultLimits, type HttpLimits } from './limits.ts';
import { checkAnnounced } from './read-body.ts';
import type { AccessClass } from './route.ts';
import type { RouteTable } from './route-table.ts';

/** A certificate and its key, PEM. */
export interface TlsOptions {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** One request that was answered, or whose client left (`status` 499). */
export interface Answered {
  readonly id: string;
  readonly method: string;
  /** The route's path, `null` where there is none. Never the request's own: its values have no bound. */
  readonly path: string | null;
  readonly protocol: string | null;
  readonly status: number;
  readonly ms: number;
  /** Moment of `performance.now()`. */
  readonly arrivedMs: number;
  /** What went wrong; null: nothing. */
  readonly error: ThinferError | null;
  /** What was inferred; null: nothing. */
  readonly inference: Pick<InferResult, 'model' | 'version' | 'timing'> | null;
  readonly trace: TraceHeaders;
  /** The path and query as they stand in the request, as long as it likes. */
  readonly url: string;
  readonly secure: boolean;
  readonly peer: string | null;
}

/** The trace that a request belongs to by its client's word, as it stands in the request. */
export interface TraceHeaders {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** How a listener is opened. */
export interface HttpListenerOptions {
  readonly core: ServeCore;
  readonly routes: RouteTable;
  /** Routes of these classes are answered, others are not there. */
  readonly classes: readonly AccessClass[];
  /** Default 127.0.0.1: nobody from outside. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Default: none, plain HTTP. */
  readonly tls?: TlsOptions;
  readonly tokens?: AccessTokens;
  readonly limits?: Partial<HttpLimits>;
  /** Default: pages of other servers get nothing. */
  readonly browsers?: Partial<BrowserRules>;
  /** Whether answers are compressed where clients accept it. Default true, as in Triton. */
  readonly compression?: boolean;
  /** Told of every exchange when it is over. */
  readonly onAnswered?: (answered: Answered) => void;
  /** Told of every error that is answered as an internal one. */
  readonly onBug?: (error: ThinferError, requestId: string) => void;
}

/** Classes of the listener that clients use. */
export const inferenceClasses: readonly AccessClass[] = ['inference', 'health', 'metrics', 'page'];
/** Classes of the listener that operators use. */
export const managementClasses: readonly AccessClass[] = ['management', 'metrics', 'health'];

/** A port that answers the routes of a table. */
export class HttpListener {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  private readonly server: Server;
  private readonly context: ExchangeContext;

  private constructor(server: Server, context: ExchangeContext, tls: boolean) {
    this.server = server;
    this.context = context;
    const { address, port, family } = server.address() as AddressInfo;
    this.host = address;
    this.port = port;
    this.url = `${tls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Opens the port. Rejects with `machine` where it is taken or may not be used. */
  static async open(options: HttpListenerOptions): Promise<HttpListener> {
    const limits = { ...defaultLimits, ...options.limits };
    const context: ExchangeContext = {
      core: options.core,
      classes: new Set(options.classes),
      limits,
      held: { bytes: 0 },
      headers: new HeaderMemo(),
      compression: options.compression ?? true,
      closing: false,
      onBug: (error, exchange) => options.onBug?.(error, exchange.id),
    };
    const server = makeServer(options, limits);
    const gate = new BrowserGate(options.browsers);
    answerRequests(server, options, context, gate);
    await listen(server, options.host ?? '127.0.0.1', options.port);
    gate.loopback = isLoopback(server.address() as AddressInfo);
    return new HttpListener(server, context, options.tls !== undefined);
  }

  /**
   * Takes no more connections; resolves when requests under way are answered and connections are ended, or are cut off after
   * `graceMs`. Every answer says that its connection ends; connections that stay idle are ended after a moment: cut at once, they
   * would be cut while a client is sending its next request.
   */
  async close(graceMs: number): Promise<void> {
    this.context.closing = true;
    // That of HTTP would end idle connections at once.
    const closed = new Promise<void>((resolve) => stopListening.call(this.server, () => resolve()));
    const idle = setTimeout(
      () => {
        sweep = setInterval(() => this.server.closeIdleConnections(), 50);
      },
      Math.min(idleGraceMs, graceMs),
    );
    let sweep: NodeJS.Timeout | undefined;
    const cut = setTimeout(() => this.server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(idle);
    clearInterval(sweep);
    clearTimeout(cut);
    this.server.close();
  }
}

const stopListening = NetServer.prototype.close;
const idleGraceMs = 250;

function makeServer(options: HttpListenerOptions, limits: HttpLimits): Server {
  const settings = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
    noDelay: true,
  };
  const server =
    options.tls === undefined
      ? createServer(settings)
      : createTlsServer({ ...settings, ...options.tls, handshakeTimeout: limits.headersTimeoutMs });
  server.maxConnections = limits.connections;
  return server;
}

function isLoopback({ address }: AddressInfo): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

interface Door {
  readonly routes: RouteTable;
  readonly doorkeeper: Doorkeeper;
  readonly gate: BrowserGate;
}

function answerRequests(
  server: Server,
  options: HttpListenerOptions,
  context: ExchangeContext,
  gate: BrowserGate,
): void {
  const { routes, onAnswered } = options;
  const doorkeeper = new Doorkeeper(options.tokens);
  const door: Door = { routes, doorkeeper, gate };
  const take = (
    request: IncomingMessage,
    response: ServerResponse,
    answerIt: (exchange: Exchange, door: Door) => void = answer,
  ): void => {
    const exchange = new Exchange(request, response, context);
    if (onAnswered !== undefined) response.once('close', () => onAnswered(answered(exchange)));
    try {
      answerIt(exchange, door);
    } catch (error) {
      exchange.errorOf = routes.errorFormOf(request.url ?? '') ?? null;
      exchange.fail(error);
    }
  };
  server.on('request', (request, response) => take(request, response));
  server.on('checkExpectation', (request, response) =>
    take(request, response, () => {
      throw new HttpProblem(417, 'request-invalid', 'the only expectation that can be met is 100-continue');
    }),
  );
  server.on('checkContinue', (request, response) => {
    // A body that is too large is better not sent at all.
    if (fits(request, context.limits.bodyBytes)) response.writeContinue();
    take(request, response);
  });
  server.on('clientError', refuseConnection);
}

function answer(exchange: Exchange, { routes, doorkeeper, gate }: Door): void {
  const { classes } = exchange.context;
  const { method = '', url = '' } = exchange.request;
  if (gate.admit(exchange) === 'preflight') {
    // Also of a path that is not there: the request behind it says so, and the page can read that.
    answerPreflight(exchange, routes.methodsOf(url, classes));
    return;
  }
  const found = routes.find(method, url, classes);
  if (found.state === 'no-path') throw new HttpProblem(404, 'not-found', 'Not Found');
  if (found.state === 'no-method')
    throw new HttpProblem(405, 'request-invalid', 'Method Not Allowed', ['Allow', found.methods.join(', ')]);
  exchange.match = found;
  authorise(doorkeeper, found.route, exchange.request);
  const pending = found.route.handle(exchange);
  if (pending !== undefined) pending.catch((error: unknown) => exchange.fail(error));
}

function fits(request: IncomingMessage, limit: number): boolean {
  try {
    checkAnnounced(request.headers['content-length'], limit);
    return true;
  } catch {
    return false;
  }
}

function answered(exchange: Exchange): Answered {
  const { response, request, match } = exchange;
  return {
    id: exchange.id,
    method: request.method ?? '',
    path: match?.route.path ?? null,
    protocol: match?.route.protocol ?? null,
    status: response.writableFinished ? response.statusCode : 499,
    ms: performance.now() - exchange.arrivedMs,
    arrivedMs: exchange.arrivedMs,
    error: exchange.error,
    inference: exchange.inference,
    trace: {
      traceparent: exchange.header('traceparent'),
      tracestate: exchange.header('tracestate'),
    },
    url: request.url ?? '',
    secure: 'encrypted' in request.socket,
    peer: request.socket.remoteAddress ?? null,
  };
}

const problemByCode: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request did not come in time'],
};
const malformed = [400, 'Bad Request', 'the request is not HTTP/1.1'] as const;

/** What could not be read as a request is answered by hand: there is no response to write to. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  const begun = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable || begun) {
    socket.destroy();
    return;
  }
  const [status, reason, message] = problemByCode[error.code ?? ''] ?? malformed;
  const body = JSON.stringify({ error: message });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  // Closed at once, with bytes of it unread, the connection would be reset, and the client would not get to read the answer.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}

/** So long what a refused connection still sends is read. */
const lingerMs = 1000;

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(
        new ThinferError('machine', `can't listen on ${host}:${port}: ${error.message}`, {
          remedy: 'choose another port; 0 takes any that is free',
          cause: error,
        }),
      );
    server.once('error', failed);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
