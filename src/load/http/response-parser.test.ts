import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../../errors.ts';
import { type HttpResponse, headerOf, ResponseParser } from './response-parser.ts';

/** Feeds bytes cut at the given places. */
function parse(bytes: Buffer, cuts: readonly number[], keep = Number.POSITIVE_INFINITY): HttpResponse | null {
  const parser = new ResponseParser(keep);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = places[i] ?? bytes.length;
    if (end <= at) continue;
    const response = parser.push(bytes.subarray(at, end));
    if (response !== null) return response;
    at = end;
  }
  return parser.end();
}

const chunked = (parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ...parts
      .filter(({ length }) => length > 0)
      .flatMap((part) => [Buffer.from(`${part.length.toString(16)};x=1\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from('0\r\nTrailer: x\r\n\r\n'),
  ]);

describe('ResponseParser', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  const body = fc.uint8Array({ maxLength: 300 });

  it('reads a body of a stated length, however it is cut', () => {
    fc.assert(
      fc.property(body, cuts, (bytes, places) => {
        const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\nX: y\r\n\r\n`;
        const response = parse(Buffer.concat([Buffer.from(head), bytes]), places);
        assert.equal(response?.status, 200);
        assert.deepEqual(Buffer.from(response.body), Buffer.from(bytes));
        assert.equal(response.keepAlive, true);
        assert.equal(headerOf(response.head, 'x'), 'y');
      }),
    );
  });

  it('reads chunks, however they are cut, and keeps as much as it should', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), cuts, fc.nat(400), (parts, places, keep) => {
        const whole = Buffer.concat(parts);
        assert.deepEqual(Buffer.from(parse(chunked(parts), places)!.body), whole);
        assert.deepEqual(Buffer.from(parse(chunked(parts), places, keep)!.body), whole.subarray(0, keep));
      }),
    );
  });

  it('reads until the end where no length is stated, and skips 100 Continue', () => {
    const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Busy\r\nRetry-After: 1\r\n\r\nlater';
    const response = parse(Buffer.from(text), [3, 30]);
    assert.equal(response?.status, 503);
    assert.equal(Buffer.from(response.body).toString(), 'later');
    assert.equal(response.keepAlive, false);
    assert.equal(headerOf(response.head, 'retry-after'), '1');
    assert.equal(headerOf(response.head, 'retry'), undefined);
  });

  it('does not use a connection again on which more came than was asked for', () => {
    assert.equal(
      parse(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP'), [])?.keepAlive,
      false,
    );
  });

  it('refuses what is no HTTP or too much', () => {
    const wrong = [
      'SSH-2.0-OpenSSH\r\n',
      'HTTP/2 200\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
      `HTTP/1.1 200 OK\r\n${'a'.repeat(70_000)}`,
    ];
    for (const text of wrong)
      assert.throws(
        () => parse(Buffer.from(text), [5, 40_000]),
        { code: 'request-invalid' },
        text.slice(0, 60),
      );
  });

  it('only ever gives a response, nothing, or its own error', () => {
    fc.assert(
      fc.property(fc.string(), cuts, (text, places) => {
        try {
          parse(Buffer.from(`HTTP/1.1 200 OK\r\n${text}\r\n\r\n${text}`), places);
        } catch (error) {
          assert.ok(error instanceof ThinferError);
        }
      }),
    );
  });
});
