import type { HttpAnswer } from './http-answers.ts';
import type { Problem } from './judge.ts';

/** Something to send to an HTTP port, and how its answers are judged. */
export interface HttpCase {
  /** Its family, for counting. */
  readonly family: string;
  /** Written in these pieces. */
  readonly pieces: readonly Buffer[];
  /**
   * `framed`: it is `answers` whole requests, and the connection is used again. `half-close`: who knows what the server makes of it;
   * the sending side is ended and every answer read until the server closes. `leave`: the client goes without waiting.
   */
  readonly end: 'framed' | 'half-close' | 'leave';
  /** Of a framed one. */
  readonly answers: number;
  /** Whether an answer has a length but no body. */
  readonly bodiless: boolean;
  readonly judge: (answer: HttpAnswer, index: number) => Problem;
}

/** No answer may be a failure of the server itself; 503 and 504 say that it has too much to do. */
export function judgeStatus({ status, body }: HttpAnswer): Problem {
  if (status < 500 || status === 503 || status === 504) return null;
  return `answered with ${status}: ${body.toString('utf8', 0, 300)}`;
}

/** A request's line and headers. */
export function headOf(method: string, target: string, headers: readonly string[]): Buffer {
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${['Host: localhost', ...headers].join('\r\n')}\r\n\r\n`,
    'latin1',
  );
}

/** One whole request. */
export function framed(
  family: string,
  [method, target, headers, body]: readonly [string, string, readonly string[], Buffer],
  judge: HttpCase['judge'] = judgeStatus,
): HttpCase {
  const head = headOf(method, target, [...headers, `Content-Length: ${body.length}`]);
  return {
    family,
    pieces: [Buffer.concat([head, body])],
    end: 'framed',
    answers: 1,
    bodiless: method === 'HEAD',
    judge,
  };
}
