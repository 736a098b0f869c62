/** An answer that was read. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Reads answers of HTTP/1.1 from bytes, strictly: what is not one throws. */
export class HttpAnswers {
  private held: Buffer = Buffer.alloc(0);

  /** Bytes that belong to no whole answer yet. */
  get left(): number {
    return this.held.length;
  }

  push(bytes: Buffer): void {
    this.held = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
  }

  /** The next whole answer; null while there is none. `bodiless`: it answers HEAD. Answers of 1xx are passed over. */
  next(bodiless: boolean): HttpAnswer | null {
    const end = this.held.indexOf('\r\n\r\n');
    if (end < 0) return this.refuseUnless(this.held.length < 65_536, 'the headers have no end');
    const [line = '', ...rest] = this.held.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(line)?.[1] ?? Number.NaN);
    this.refuseUnless(status >= 100, `no status line: ${JSON.stringify(line.slice(0, 80))}`);
    if (status < 200) {
      this.held = this.held.subarray(end + 4);
      return this.next(bodiless);
    }
    const headers = new Map(rest.map((header) => this.headerOf(header)));
    if (headers.get('transfer-encoding') === 'chunked') return this.chunked(end + 4, status, headers);
    const length = bodiless || status === 204 || status === 304 ? 0 : Number(headers.get('content-length'));
    this.refuseUnless(Number.isSafeInteger(length), 'the answer has no length');
    if (this.held.length < end + 4 + length) return null;
    const body = this.held.subarray(end + 4, end + 4 + length);
    this.held = this.held.subarray(end + 4 + length);
    return { status, headers, body };
  }

  /** Node's own answers come so. */
  private chunked(from: number, status: number, headers: ReadonlyMap<string, string>): HttpAnswer | null {
    const pieces: Buffer[] = [];
    for (let at = from; ; ) {
      const end = this.held.indexOf('\r\n', at);
      if (end < 0) return null;
      const text = this.held.toString('latin1', at, end);
      this.refuseUnless(/^[0-9a-f]{1,8}$/i.test(text), 'a chunk has no size');
      const size = Number.parseInt(text, 16);
      if (this.held.length < end + 4 + size) return null;
      pieces.push(this.held.subarray(end + 2, end + 2 + size));
      at = end + 4 + size;
      if (size > 0) continue;
      this.held = this.held.subarray(at);
      return { status, headers, body: Buffer.concat(pieces) };
    }
  }

  private headerOf(text: string): [string, string] {
    const colon = text.indexOf(':');
    this.refuseUnless(
      /^[!#-'*+.^_`|~0-9A-Za-z-]+$/.test(text.slice(0, colon)),
      `no header: ${text.slice(0, 80)}`,
    );
    return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()];
  }

  private refuseUnless(holds: boolean, what: string): null {
    if (!holds) throw new Error(`not HTTP: ${what}`);
    return null;
  }
}
