import { ThinferError } from '../../errors.ts';
import { parseJson } from '../oip/parse-json.ts';
import type { Exchange } from './exchange.ts';

/** Commands are small. */
const mostBytes = 64 * 1024;

/** The body of a command: a JSON object; an empty body is an empty object. Rejects with `request-invalid` or `too-large`. */
export async function readJsonBody(exchange: Exchange): Promise<Readonly<Record<string, unknown>>> {
  const body = await exchange.body();
  if (body.length === 0) return {};
  if (body.length > mostBytes)
    throw new ThinferError('too-large', `the body of a command is larger than ${mostBytes} bytes`);
  const value = parseJson(body.join(), exchange.context.limits.jsonDepth);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ThinferError('request-invalid', 'the request must be a JSON object');
  return value as Record<string, unknown>;
}
