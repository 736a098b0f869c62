import type { HttpFailure } from '../http/http-pool.ts';
import { type HttpResponse, headerOf } from '../http/response-parser.ts';
import type { AnswerTensor, Reply } from '../outcome.ts';
import { cleanText } from './target.ts';

/** Statuses that say "not now": too many requests, unavailable, not in time. */
const refusals = new Set([429, 503, 504]);

/** What a response, or its absence, says. @param read Reads the tensors of a successful one. */
export function replyOf(
  response: HttpResponse | null,
  failure: HttpFailure | null,
  read: (response: HttpResponse) => AnswerTensor[],
): Reply {
  if (response === null)
    return { state: 'lost', kind: failure?.kind ?? 'lost', text: cleanText(failure?.text ?? '') };
  const { status, head, body } = response;
  if (status >= 200 && status < 300)
    return { state: 'answered', answer: { body, tensors: () => read(response) } };
  const kind = `HTTP ${status}`;
  const text = errorText(body);
  if (refusals.has(status))
    return { state: 'refused', kind, text, retryAfter: headerOf(head, 'retry-after') !== undefined };
  return { state: 'failed', kind, text };
}

/** The message of an error's body: the protocols have it as `error` or `message`. */
export function errorText(body: Uint8Array): string {
  const text = Buffer.from(body.subarray(0, 8192)).toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null)
      for (const said of ['error', 'message'].map((name) => (value as Record<string, unknown>)[name]))
        if (typeof said === 'string') return cleanText(said);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return cleanText(text);
}
