import { ThinferError } from '../../errors.ts';

/** A complete response. */
export interface HttpResponse {
  readonly status: number;
  /** The head as it came, without the status line; see `headerOf`. */
  readonly head: string;
  /** Its beginning, where not all of it is kept. */
  readonly body: Uint8Array;
  /** Whether the connection may be used again. */
  readonly keepAlive: boolean;
}

/** Limits of what a server may send. */
export const responseLimits = { headBytes: 64 * 1024, bodyBytes: 256 * 1024 * 1024 };

const broken = (what: string): ThinferError =>
  new ThinferError('request-invalid', `no HTTP/1.1 answer: ${what}`);

/** The value of a header; undefined where it is not there. @param name In lower case. */
export function headerOf(head: string, name: string): string | undefined {
  const lower = head.toLowerCase();
  const at = lower.startsWith(`${name}:`) ? 0 : lower.indexOf(`\r\n${name}:`) + 2;
  if (at === 1) return undefined;
  const end = head.indexOf('\r\n', at);
  return head.slice(at + name.length + 1, end === -1 ? head.length : end).trim();
}

/** Reads responses to POST and GET off one connection, however the bytes are cut. */
export class ResponseParser {
  private state: 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-end' = 'head';
  private rest: Buffer = Buffer.alloc(0);
  private status = 0;
  private head = '';
  private keepAlive = true;
  private left = 0;
  private pieces: Buffer[] = [];
  private bodyBytes = 0;
  private keptBytes = 0;
  private readonly keepBytes: number;

  /** @param keepBytes Of a body, so much is kept; the rest is read and counted. */
  constructor(keepBytes: number) {
    this.keepBytes = keepBytes;
  }

  /** Takes bytes. Gives the response once it is complete; throws `request-invalid` where they are no HTTP, or too many. */
  push(chunk: Buffer): HttpResponse | null {
    let data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = data.subarray(data.length);
    for (;;) {
      const used = this.step(data);
      if (used === 'done') return this.complete();
      if (used === 0) break;
      data = data.subarray(used);
    }
    if (data.length > responseLimits.headBytes) throw broken('a line or head without an end');
    // A copy: what is left must not keep the socket's larger memory.
    this.rest = Buffer.from(data);
    return null;
  }

  /** The connection has ended. Gives the response whose end this is, or null. */
  end(): HttpResponse | null {
    return this.state === 'until-end' ? this.complete() : null;
  }

  /** Takes one piece off the front. Gives how many bytes it took, 0 where more are needed. */
  private step(data: Buffer): number | 'done' {
    switch (this.state) {
      case 'head':
        return this.readHead(data);
      case 'length':
      case 'chunk':
        return this.readBody(data);
      case 'until-end':
        this.keep(data);
        return data.length;
      case 'chunk-size':
        return this.readLine(data, (line) => this.beginChunk(line));
      case 'chunk-end':
        return this.readLine(data, (line) => {
          if (line !== '') throw broken('a chunk that does not end where it says');
          this.state = 'chunk-size';
        });
      case 'trailer':
        return this.readTrailer(data);
    }
  }

  private readHead(data: Buffer): number | 'done' {
    const end = data.indexOf('\r\n\r\n');
    if (end > responseLimits.headBytes) throw broken('its head is too long');
    if (end === -1) {
      if (data.length >= 5 && data.toString('latin1', 0, 5) !== 'HTTP/') throw broken('it begins otherwise');
      return 0;
    }
    const text = data.toString('latin1', 0, end);
    const line = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n]*)?(?:\r\n|$)/.exec(text);
    if (line === null) throw broken('its first line is none');
    this.status = Number(line[2]);
    this.head = text.slice(line[0].length);
    if (this.status >= 100 && this.status < 200) return end + 4;
    this.beginBody(line[1] === '0');
    return this.state === 'length' && this.left === 0 && end + 4 === data.length ? 'done' : end + 4;
  }

  private beginBody(old: boolean): void {
    const connection = headerOf(this.head, 'connection')?.toLowerCase();
    this.keepAlive = old ? connection === 'keep-alive' : connection !== 'close';
    const length = headerOf(this.head, 'content-length');
    if (/chunked/i.test(headerOf(this.head, 'transfer-encoding') ?? '')) this.state = 'chunk-size';
    else if (length !== undefined || this.status === 204 || this.status === 304)
      this.beginLength(length ?? '0');
    else {
      this.state = 'until-end';
      this.keepAlive = false;
    }
  }

  private beginLength(text: string): void {
    if (!/^\d{1,15}$/.test(text)) throw broken(`Content-Length "${text.slice(0, 40)}"`);
    this.left = Number(text);
    this.checkSize(this.left);
    this.state = 'length';
  }

  private beginChunk(line: string): void {
    const size = /^([0-9a-f]{1,12})(?:\s*;.*)?$/i.exec(line.trim())?.[1];
    if (size === undefined) throw broken('a chunk without a size');
    this.left = Number.parseInt(size, 16);
    this.checkSize(this.bodyBytes + this.left);
    this.state = this.left === 0 ? 'trailer' : 'chunk';
  }

  private readBody(data: Buffer): number | 'done' {
    const take = Math.min(this.left, data.length);
    this.keep(data.subarray(0, take));
    this.left -= take;
    if (this.left > 0) return take;
    if (this.state === 'chunk') {
      this.state = 'chunk-end';
      return take;
    }
    return this.done(data.length - take);
  }

  private readTrailer(data: Buffer): number | 'done' {
    const end = data.indexOf('\r\n');
    if (end === -1) return 0;
    return end === 0 ? this.done(data.length - 2) : end + 2;
  }

  private readLine(data: Buffer, take: (line: string) => void): number {
    const end = data.indexOf('\r\n');
    if (end === -1) return 0;
    take(data.toString('latin1', 0, end));
    return end + 2;
  }

  private keep(data: Buffer): void {
    this.bodyBytes += data.length;
    this.checkSize(this.bodyBytes);
    const kept = data.subarray(0, Math.max(0, this.keepBytes - this.keptBytes));
    this.keptBytes += kept.length;
    if (kept.length > 0) this.pieces.push(kept);
  }

  private checkSize(bytes: number): void {
    if (bytes > responseLimits.bodyBytes)
      throw broken(`a body of more than ${responseLimits.bodyBytes} bytes`);
  }

  /** Nothing was asked for that could follow. */
  private done(after: number): 'done' {
    if (after > 0) this.keepAlive = false;
    return 'done';
  }

  private complete(): HttpResponse {
    const { status, head, keepAlive, pieces } = this;
    const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    this.state = 'head';
    this.rest = Buffer.alloc(0);
    this.pieces = [];
    this.bodyBytes = 0;
    this.keptBytes = 0;
    this.keepAlive = true;
    return { status, head, body, keepAlive };
  }
}
