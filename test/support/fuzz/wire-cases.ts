import { gzipSync } from 'node:zlib';
import type { HttpAnswer } from './http-answers.ts';
import { framed, type HttpCase, headOf, judgeStatus } from './http-case.ts';
import { validCase } from './infer-cases.ts';
import type { Problem } from './judge.ts';
import { mutateBytes } from './mutate.ts';
import type { Random } from './random.ts';
import { bodyOf, validRequest } from './rest-request.ts';

/** Several valid requests at once; answers come in their order. */
export function pipelinedCase(random: Random): HttpCase {
  const cases = Array.from({ length: random.between(2, 6) }, () => validCase(random));
  return {
    ...cases[0]!,
    family: 'pipelined',
    pieces: [Buffer.concat(cases.flatMap(({ pieces }) => pieces))],
    answers: cases.length,
    judge: (answer, index) => cases[index]!.judge(answer, 0),
  };
}

/** A valid request in chunks of odd sizes, with extensions and trailers. */
export function chunkedCase(random: Random): HttpCase {
  const { body, target, headers } = validParts(random);
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, random.pick([1, 2, 7, 64, 1000]));
    const extension = random.chance(0.2) ? ';x="y"' : '';
    const hex = random.chance(0.5) ? size.toString(16) : `00${size.toString(16).toUpperCase()}`;
    chunks.push(Buffer.from(`${hex}${extension}\r\n`), body.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
  }
  chunks.push(Buffer.from(random.chance(0.3) ? '0\r\nX-Trailer: 1\r\n\r\n' : '0\r\n\r\n'));
  const head = headOf('POST', target, [...headers, 'Transfer-Encoding: chunked']);
  const whole = Buffer.concat([head, ...chunks]);
  return { ...closing('chunked', [whole], 'framed'), judge: expectOk };
}

/** The same in pieces of a few bytes, and with `Expect: 100-continue`. */
export function piecewiseCase(random: Random): HttpCase {
  const { body, target, headers } = validParts(random);
  const expect = random.chance(0.3) ? ['Expect: 100-continue'] : [];
  const whole = Buffer.concat([
    headOf('POST', target, [...headers, ...expect, `Content-Length: ${body.length}`]),
    body,
  ]);
  const cut = random.between(1, whole.length - 1);
  const pieces = [whole.subarray(0, cut), whole.subarray(cut)];
  return { ...closing('piecewise', pieces, 'framed'), judge: expectOk };
}

const paths = [
  '/', '*', '//', '/v2', '/v2/', '/v2//models', '/v2/models/%2e%2e/infer', '/v2/models/../../etc/passwd', '/v2/models/tiny/../x/infer',
  '/v2/models/%00/infer', '/v2/models/tiny%00/infer', '/v2/models/%', '/v2/models/%zz/infer', '/v2/models/%c0%af/infer',
  '/v2/models/%ff/infer', '/v2/models/tiny/versions/0/infer', '/v2/models/tiny/versions/-1/infer', '/v2/models/tiny/versions/1e9',
  '/v2/models/tiny/versions/99999999999999999999/ready', '/v2/models/__proto__', '/v2/models/constructor/config', '/v2/models//infer',
  '/v2/models/toString/stats', 'http://elsewhere/v2', 'http://elsewhere:1/v2/health/live', 'HTTP://x/v2/models/tiny/infer', '/v2?x=%',
  `/v2/health/live?${'a=b&'.repeat(500)}`, `/${'x'.repeat(5000)}`, `/${'%41'.repeat(2000)}`, `/v2/models/${'m'.repeat(3000)}/infer`,
  '/v2/models/tiny/infer?x', '/v2/models/tiny/infer#x', '/V2/models', '/v2/repository/index', '/v2/systemsharedmemory/status', '/metrics',
  '/openapi.json', '/v2/models/tiny/config', '/v2/models/tiny/stats', '/v2/models/stats', '/ping', '/api-description', '/models', '/models/tiny',
  '/v1/models/tiny', '/v1/models/tiny:predict', '/v1/models/:predict', '/predictions', '/predictions/', '/predictions/%2f', '/invocations',
  '/v2/logging', '/v2/trace/setting', '/v2/models/tiny/trace/setting', '/page', '/live', '/state', '/favicon.ico', '/v2/models/tiny/ready',
] as const; // biome-ignore format: a table

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'PROPFIND',
  'QUERY',
] as const;

/** Any method on any path, tricks included. */
export function pathCase(random: Random): HttpCase {
  const method = random.pick(methods);
  const body = random.chance(0.7) ? Buffer.alloc(0) : random.pick([Buffer.from('{}'), random.bytes(20)]);
  const headers = random.chance(0.3) ? [strangeHeader(random)] : [];
  return framed('path', [method, random.pick(paths), headers, body]);
}

function strangeHeader(random: Random): string {
  return random.pick([
    ...[
      'Accept-Encoding: gzip;q=NaN, deflate;q=1e400',
      'Accept: application/octet-stream',
      'Range: bytes=0-1',
    ],
    ...[
      `X-Request-Id: ${'x'.repeat(3000)}`,
      'X-Request-Id: \x7f\xff',
      `Authorization: Bearer ${'x'.repeat(2000)}`,
    ],
    ...[
      'Authorization: Basic eA==',
      'x-thinfer-deadline-ms: -1',
      'x-thinfer-deadline-ms: 1e-9',
      `Cookie: ${'a=b;'.repeat(900)}`,
    ],
    ...[
      'Content-Type: multipart/form-data',
      'Upgrade: h2c',
      'If-None-Match: *',
      'Origin: null',
      'Forwarded: for=x',
    ],
  ]);
}

/** Damage to the framing itself: nobody can say how many requests it is. */
export function brokenWireCase(random: Random): HttpCase {
  const { body, target, headers } = validParts(random);
  const lengths = [
    [`Content-Length: ${body.length - 1}`], [`Content-Length: ${body.length + 5}`], ['Content-Length: -1'],
    ['Content-Length: 1e3'], [`Content-Length: ${2 ** 53}`], ['Content-Length: 99999999999999999999'], [`Content-Length: ${2 ** 31}`],
    [`Content-Length: ${body.length}`, 'Content-Length: 0'], [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: gzip, chunked'], ['Transfer-Encoding: chunked, identity'], ['Transfer-Encoding: \x0bchunked'],
    ['Transfer-Encoding: chunked'], [' Content-Length: 3'], ['Content-Length : 3'], ['X: a\nContent-Length: 3'], ['X: \0'], ['\xff\xfe: 1'],
    ['Connection: Upgrade', 'Upgrade: websocket'], ['Connection: keep-alive, close'], ['Expect: 200-ok', 'Content-Length: 0'],
    [`X: ${'y'.repeat(40_000)}`], Array.from({ length: 2100 }, (_, at) => `X-${at}: 1`), ['Host: other'], ['Connection: x'],
  ]; // biome-ignore format: a table
  const head = headOf(random.pick(['POST', 'POST', 'post', 'GET', 'G\0T', 'CONNECT', 'PRI']), target, [
    ...headers,
    ...random.pick(lengths),
  ]);
  const whole = Buffer.concat([head, body]);
  return closing('broken-wire', [random.chance(0.4) ? mutateBytes(random, whole) : whole], 'half-close');
}

/** What speaks no HTTP/1.1 at all. */
export function otherProtocolCase(random: Random): HttpCase {
  const bytes = random.pick([
    ...[
      random.bytes(random.between(1, 400)),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from('GET /\r\n\r\n'),
    ],
    ...[
      Buffer.from('\r\n\r\n\r\n'),
      Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      Buffer.from('GET /v2 HTTP/1.0\r\n\r\n'),
      Buffer.alloc(0),
    ],
    ...[Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'), Buffer.from('SSH-2.0-x\r\n')],
    Buffer.from('x'.repeat(20_000)),
  ]);
  return closing('other-protocol', [bytes], 'half-close');
}

/** A client that leaves: while it sends, or before it reads. */
export function leavingCase(random: Random): HttpCase {
  const { body, target, headers } = validParts(random);
  const whole = Buffer.concat([headOf('POST', target, [...headers, `Content-Length: ${body.length}`]), body]);
  return closing(
    'leaving',
    [whole.subarray(0, random.chance(0.5) ? whole.length : random.between(1, whole.length))],
    'leave',
  );
}

let bomb: Buffer | null = null;

/** A few kilobytes that inflate to 32 MiB, far beyond the limit of the test's server. */
export function bombCase(random: Random): HttpCase {
  bomb ??= gzipSync(Buffer.alloc(32 * 2 ** 20, '['));
  const target = random.pick(['/v2/models/tiny/infer', '/predictions/tiny', '/v1/models/tiny:predict']);
  const sent = random.chance(0.7) ? bomb : mutateBytes(random, bomb);
  return framed('bomb', ['POST', target, ['Content-Encoding: gzip'], sent], refused);
}

function refused(answer: HttpAnswer): Problem {
  return answer.status >= 400 ? judgeStatus(answer) : `a bomb got ${answer.status}`;
}

function expectOk({ status, body }: HttpAnswer): Problem {
  return status === 200 ? null : `a valid request got ${status}: ${body}`;
}

function validParts(random: Random): {
  readonly body: Buffer;
  readonly target: string;
  readonly headers: string[];
} {
  const request = validRequest(random);
  const { body, jsonBytes, coding } = bodyOf(request);
  const headers = [
    ...(jsonBytes === undefined ? [] : [`Inference-Header-Content-Length: ${jsonBytes}`]),
    ...(coding === undefined ? [] : [`Content-Encoding: ${coding}`]),
  ];
  return { body, target: `/v2/models/${request.model.name}/infer`, headers };
}

function closing(family: string, pieces: readonly Buffer[], end: HttpCase['end']): HttpCase {
  return { family, pieces, end, answers: 1, bodiless: false, judge: judgeStatus };
}
