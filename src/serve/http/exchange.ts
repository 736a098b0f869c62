import type { IncomingMessage, ServerResponse } from 'node:http';
import { ThinferError } from '../../errors.ts';
import type { Chunks } from '../chunks.ts';
import type { InferResult, ServeCore } from '../types.ts';
import { codingOf, inflateBody } from './content-coding.ts';
import type { HeaderMemo } from './header-memo.ts';
import type { HttpLimits } from './limits.ts';
import { checkAnnounced, type HeldBytes, readBody } from './read-body.ts';
import { requestId } from './request-id.ts';
import type { AccessClass, ErrorBody, ErrorForm } from './route.ts';
import type { Match } from './route-table.ts';
import { answerOf } from './status.ts';

/** What all exchanges of a listener share. */
export interface ExchangeContext {
  readonly core: ServeCore;
  /** Of the routes that the listener answers. */
  readonly classes: ReadonlySet<AccessClass>;
  readonly limits: HttpLimits;
  readonly held: HeldBytes;
  readonly headers: HeaderMemo;
  /** Whether answers may be compressed where clients accept it. */
  readonly compression: boolean;
  /** The listener is being closed. */
  closing: boolean;
  /** Told of every error that is answered as a bug. */
  readonly onBug: (error: ThinferError, exchange: Exchange) => void;
}

/** What is left of a body that was refused is read for so long, so that the client comes to read the answer. */
const lingerMs = 1000;

const ignore = (): void => {};

const leaves = ({ leaving, state }: ServeCore): boolean => leaving || state === 'draining';

function usualForm(error: ThinferError): ErrorBody {
  const { status, message, headers } = answerOf(error);
  return { status, body: { error: message }, headers };
}

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: ExchangeContext;
  /** Goes through all logs, and back to the client as `x-request-id`. */
  readonly id: string;
  /** Moment of `performance.now()`. */
  readonly arrivedMs = performance.now();
  /** Null until the route is found. */
  match: Match | null = null;
  /** What went wrong, for logs and traces. */
  error: ThinferError | null = null;
  /** What was inferred, for logs and traces; null: nothing, or not yet. */
  inference: Pick<InferResult, 'model' | 'version' | 'timing'> | null = null;
  /** What errors look like; null: `{"error": …}`. */
  errorOf: ErrorForm | null = null;
  /** Names and values in turn. */
  private moreHeaders: string[] = [];
  private heldBytes = 0;
  private ended = false;
  private cleanUp: (() => void) | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, context: ExchangeContext) {
    this.request = request;
    this.response = response;
    this.context = context;
    this.id = requestId(request.headers['x-request-id']);
    response.once('close', () => this.close());
    // Written to after the client left, it says so; `close` is what counts.
    response.on('error', ignore);
  }

  get core(): ServeCore {
    return this.context.core;
  }

  /** Whether the answer has been sent or the client has left. */
  get closed(): boolean {
    return this.ended;
  }

  /** The value of `{name}` in the route's path; undefined where the path has none of that name. */
  param(name: string): string | undefined {
    const index = this.match?.names.indexOf(name) ?? -1;
    return index < 0 ? undefined : this.match!.values[index];
  }

  /** A header of the request, its values joined by commas. */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The query of the URL. */
  query(): URLSearchParams {
    const url = this.request.url ?? '';
    const at = url.indexOf('?');
    return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  }

  /** The body, inflated where it was compressed. Rejects with `too-large`, `overloaded`, `request-invalid` or `interrupted`. */
  async body(): Promise<Chunks> {
    const { limits } = this.context;
    const coding = codingOf(this.header('content-encoding'));
    checkAnnounced(this.request.headers['content-length'], limits.bodyBytes);
    const sent = await readBody(this, limits.bodyBytes);
    return coding === null || sent.length === 0 ? sent : inflateBody(sent, coding, limits.inflatedBytes);
  }

  /** Takes so many bytes of what all bodies may hold together; false where that is too much. */
  hold(bytes: number): boolean {
    const { held, limits } = this.context;
    if (held.bytes + bytes > limits.heldBytes) return false;
    held.bytes += bytes;
    this.heldBytes += bytes;
    return true;
  }

  /**
   * Runs `action` once, when the answer has been sent or the client has left; at once where that has happened. It takes the place
   * of the action that was given before.
   */
  atClose(action: (() => void) | null): void {
    if (!this.ended) this.cleanUp = action;
    else action?.();
  }

  /** Answers with a JSON text of `value`. */
  json(status: number, value: unknown, headers: readonly string[] = []): void {
    this.text(status, 'application/json', JSON.stringify(value), headers);
  }

  /** Answers with a text, UTF-8. `headers`: names and values in turn. */
  text(status: number, contentType: string, text: string, headers: readonly string[] = []): void {
    if (this.ended) return;
    this.writeHead(status, contentType, Buffer.byteLength(text), headers);
    this.response.end(text);
    this.watchSlowReader();
  }

  /**
   * Answers with a text and pieces of memory behind it, sent as they lie; they must stay as they are until the exchange is
   * closed.
   */
  bytes(
    status: number,
    contentType: string,
    text: string,
    pieces: readonly Uint8Array[],
    headers: readonly string[] = [],
  ): void {
    if (this.ended) return;
    let length = Buffer.byteLength(text);
    for (const piece of pieces) length += piece.length;
    this.writeHead(status, contentType, length, headers);
    const { response } = this;
    response.cork();
    // The text goes out in one piece with the headers.
    if (text !== '') response.write(text);
    for (const piece of pieces) if (piece.length > 0) response.write(piece);
    response.end();
    response.uncork();
    this.watchSlowReader();
  }

  /** Answers without a body. */
  empty(status: 204, headers: readonly string[]): void {
    if (this.ended) return;
    this.response.writeHead(status, this.headersOf(headers, false)).end();
  }

  /** Adds headers to the answer, names and values in turn. */
  addHeaders(headers: readonly string[]): void {
    this.moreHeaders.push(...headers);
  }

  /** Answers with an error. Does nothing but cutting the connection where an answer has begun. */
  fail(thrown: unknown): void {
    if (this.ended) return;
    const error = ThinferError.from(thrown);
    this.error = error;
    if (error.code === 'bug') this.context.onBug(error, this);
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    const answer = (this.match?.route.errorOf ?? this.errorOf ?? usualForm)(error);
    const text = JSON.stringify(answer.body);
    if (this.bodyIsRefused(answer.status)) this.failEarly(answer.status, text, answer.headers);
    else this.text(answer.status, 'application/json', text, answer.headers);
  }

  private writeHead(
    status: number,
    contentType: string,
    length: number,
    headers: readonly string[],
    last = false,
  ): void {
    const all = this.headersOf(headers, last);
    all.push('Content-Type', contentType, 'Content-Length', String(length));
    this.response.writeHead(status, all);
  }

  private headersOf(headers: readonly string[], last: boolean): string[] {
    const all = ['x-request-id', this.id, ...this.moreHeaders];
    for (const part of headers) all.push(part);
    if (last || this.context.closing || leaves(this.core)) all.push('Connection', 'close');
    return all;
  }

  /** Whether the rest of a body is not wanted. That of other errors is read and thrown away, and the connection goes on. */
  private bodyIsRefused(status: number): boolean {
    return !this.request.complete && (status === 413 || (status === 503 && this.heldBytes > 0));
  }

  /**
   * Answers before the body has come. The connection can't be used again; closed at once, with bytes on their way, it would be
   * reset, and the client would not get to read the answer.
   */
  private failEarly(status: number, text: string, headers: readonly string[]): void {
    const { response, request } = this;
    this.writeHead(status, 'application/json', Buffer.byteLength(text), headers, true);
    if (request.method !== 'HEAD') response.write(text);
    const end = (): void => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, lingerMs);
    request.once('end', end);
    response.once('close', () => clearTimeout(timer));
    request.resume();
  }

  /** What a slow client does not take holds memory. When it is through, Node sets the connection's time-out to that of idle ones. */
  private watchSlowReader(): void {
    const { response } = this;
    // What the kernel took at once is on its way.
    if (response.socket?.writableLength === 0) return;
    response.setTimeout(this.context.limits.responseTimeoutMs, () => response.destroy());
  }

  private close(): void {
    this.ended = true;
    this.context.held.bytes -= this.heldBytes;
    this.heldBytes = 0;
    const action = this.cleanUp;
    this.cleanUp = null;
    action?.();
  }
}
