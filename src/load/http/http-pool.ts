import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Origin } from './origin.ts';
import { type HttpResponse, ResponseParser } from './response-parser.ts';

/** A request that had no answer. */
export interface HttpFailure {
  /** Such as `ECONNREFUSED`. */
  readonly kind: string;
  readonly text: string;
}

/** Called once: with a response, or with why there is none. */
export type Settle = (response: HttpResponse | null, failure: HttpFailure | null) => void;

interface Exchange {
  readonly bytes: Uint8Array;
  readonly settle: Settle;
  connection: Connection | null;
}

/** How connections are kept. */
export interface PoolOptions {
  /** Requests beyond so many at a time wait for a connection. */
  readonly most: number;
  /** Of each body, so much is kept. Default: all of it. */
  readonly keepBytes?: number;
}

/** An idle connection is not used again after so long: servers close theirs, mostly after 5 s, and may do so right now. */
const idleMs = 3000;

/** Keep-alive connections to one server, one request at a time on each (no pipelining). */
export class HttpPool {
  /** Requests that had to wait for a connection, because `most` were in use. */
  waited = 0;
  private readonly origin: Origin;
  private readonly most: number;
  private readonly keepBytes: number;
  private readonly all = new Set<Connection>();
  private readonly idle: Connection[] = [];
  private readonly waiting = new Set<Exchange>();

  constructor(origin: Origin, { most, keepBytes = Number.POSITIVE_INFINITY }: PoolOptions) {
    this.origin = origin;
    this.keepBytes = keepBytes;
    this.most = most;
  }

  /** Sends a whole request. `settle` is called once, later, unless the function this gives is called before: it gives up. */
  request(bytes: Uint8Array, settle: Settle): () => void {
    const exchange: Exchange = { bytes, settle, connection: null };
    const connection = this.free();
    if (connection === null) {
      this.waited++;
      this.waiting.add(exchange);
    } else connection.send(exchange);
    return () => {
      if (!this.waiting.delete(exchange)) exchange.connection?.destroy();
    };
  }

  /** Ends all connections; nothing is settled any more. */
  close(): void {
    this.waiting.clear();
    for (const connection of this.all) connection.destroy();
  }

  private free(): Connection | null {
    for (let last = this.idle.pop(); last !== undefined; last = this.idle.pop()) {
      if (performance.now() - last.idleSince < idleMs) return last;
      last.destroy();
    }
    if (this.all.size >= this.most) return null;
    const connection = new Connection(this.origin, this.keepBytes, {
      free: (freed) => this.onFree(freed),
      gone: (gone) => this.onGone(gone),
    });
    this.all.add(connection);
    return connection;
  }

  private onFree(connection: Connection): void {
    const [next] = this.waiting;
    if (next === undefined) this.idle.push(connection);
    else {
      this.waiting.delete(next);
      connection.send(next);
    }
  }

  private onGone(connection: Connection): void {
    this.all.delete(connection);
    const at = this.idle.indexOf(connection);
    if (at !== -1) this.idle.splice(at, 1);
    const [next] = this.waiting;
    if (next === undefined) return;
    const fresh = this.free();
    if (fresh === null) return;
    this.waiting.delete(next);
    fresh.send(next);
  }
}

interface Owner {
  readonly free: (connection: Connection) => void;
  readonly gone: (connection: Connection) => void;
}

class Connection {
  idleSince = 0;
  private readonly owner: Owner;
  private readonly socket: Socket;
  private readonly parser: ResponseParser;
  private exchange: Exchange | null = null;
  private over = false;

  constructor(origin: Origin, keepBytes: number, owner: Owner) {
    this.owner = owner;
    this.parser = new ResponseParser(keepBytes);
    const { host, port } = origin;
    this.socket = origin.secure
      ? connectSecurely({ host, port, servername: /^[\d.:]+$/.test(host) ? '' : host })
      : connect({ host, port });
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => this.onData(chunk));
    this.socket.on('end', () => this.fail('closed', 'the server closed the connection', this.parser.end()));
    this.socket.on('error', (error: NodeJS.ErrnoException) =>
      this.fail(error.code ?? 'error', textOf(error)),
    );
    this.socket.on('close', () => this.fail('closed', 'the connection was closed'));
  }

  send(exchange: Exchange): void {
    this.exchange = exchange;
    exchange.connection = this;
    this.socket.write(exchange.bytes);
  }

  /** Gives up whatever is under way, without settling it. */
  destroy(): void {
    this.exchange = null;
    this.fail('closed', 'given up');
  }

  private onData(chunk: Buffer): void {
    // Nothing was asked for: whatever this is, the next answer must not be taken for it.
    if (this.exchange === null) this.destroy();
    else {
      const response = this.tryParse(chunk);
      if (response !== null) this.answer(this.exchange, response);
    }
  }

  private tryParse(chunk: Buffer): HttpResponse | null {
    try {
      return this.parser.push(chunk);
    } catch (error) {
      this.fail('bad HTTP', textOf(error));
      return null;
    }
  }

  private answer({ settle }: Exchange, response: HttpResponse): void {
    this.exchange = null;
    if (response.keepAlive && !this.over) {
      this.idleSince = performance.now();
      this.owner.free(this);
    } else this.destroy();
    settle(response, null);
  }

  private fail(kind: string, text: string, last: HttpResponse | null = null): void {
    if (this.over) return;
    this.over = true;
    const exchange = this.exchange;
    this.exchange = null;
    this.socket.destroy();
    this.owner.gone(this);
    if (last !== null) exchange?.settle(last, null);
    else exchange?.settle(null, { kind, text });
  }
}

/** An error of several attempts (IPv4 and IPv6) has its text in its parts. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return textOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
