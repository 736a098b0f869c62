import { ThinferError } from '../../errors.ts';
import { type HttpFailure, HttpPool } from '../http/http-pool.ts';
import { authorization, encodeRequest } from '../http/http-request.ts';
import type { Origin } from '../http/origin.ts';
import type { HttpResponse } from '../http/response-parser.ts';
import { errorText } from './http-reply.ts';
import { modelPath, type OipOptions } from './oip-rest.ts';
import { cleanText } from './target.ts';

/** A model's metadata over REST, unchecked. Throws `unavailable`, `not-found`, `denied` or `request-invalid`. */
export async function fetchRestMetadata(
  options: Pick<OipOptions, 'origin' | 'model' | 'version' | 'token'>,
  timeoutMs: number,
): Promise<unknown> {
  const { origin, token } = options;
  const path = modelPath(options);
  const { status, body } = await get(origin, path, token, timeoutMs);
  const where = `${origin.url}${path}`;
  if (status === 200) return parse(body, where);
  const text = `${where}: HTTP ${status} ${errorText(body)}`;
  if (status === 404 || status === 400)
    throw new ThinferError('not-found', text, { remedy: 'see which models the server has' });
  if (status === 401 || status === 403) throw new ThinferError('denied', text, { remedy: 'give --token' });
  throw new ThinferError('unavailable', text, { remedy: 'is the server ready?' });
}

function parse(body: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new ThinferError('request-invalid', `${where} gave no JSON`, {
      remedy: 'is this a server of the Open Inference Protocol?',
    });
  }
}

function get(origin: Origin, path: string, token: string | null, timeoutMs: number): Promise<HttpResponse> {
  const pool = new HttpPool(origin, { most: 1 });
  const bytes = encodeRequest(origin, { method: 'GET', path, headers: authorization(token) });
  return new Promise((settle, reject) => {
    const fail = ({ kind, text }: HttpFailure): void =>
      reject(
        new ThinferError('unavailable', `${origin.url} does not answer (${kind}): ${cleanText(text)}`, {
          remedy: 'is the server there, and is this its HTTP port?',
        }),
      );
    const timer = setTimeout(() => {
      pool.close();
      fail({ kind: 'time-out', text: `nothing came within ${timeoutMs} ms` });
    }, timeoutMs);
    pool.request(bytes, (response, failure) => {
      clearTimeout(timer);
      pool.close();
      if (response !== null) settle(response);
      else fail(failure ?? { kind: 'lost', text: '' });
    });
  });
}
