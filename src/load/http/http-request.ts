import { ThinferError } from '../../errors.ts';
import { authorityOf, type Origin } from './origin.ts';

/** A request before it is bytes. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** From the origin's prefix on, with everything escaped. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A request as the bytes that go over the wire. Throws `usage` for a header that can't be one. */
export function encodeRequest(
  origin: Origin,
  { method, path, headers = {}, body }: HttpRequest,
): Uint8Array<ArrayBuffer> {
  const lines = [`${method} ${origin.prefix}${path} HTTP/1.1`, `Host: ${authorityOf(origin)}`];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7e]*$/.test(value))
      throw new ThinferError('usage', `the header ${name} would hold characters that no header may have`);
    lines.push(`${name}: ${value}`);
  }
  if (method === 'POST') lines.push(`Content-Length: ${body?.length ?? 0}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? Uint8Array.from(head) : Uint8Array.from(Buffer.concat([head, body]));
}

/** Headers that show a token; none without one. */
export function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}
