import type { ModelState } from '../state-types.ts';
import { byId, say } from './dom.ts';
import { showBytes, showMs } from './format.ts';
import { bodyOf, inferPath, requestText } from './request.ts';

/** The form that sends one request to the model that `chosen` gives. What it gives back is to be called when another one is chosen. */
export function startForm(chosen: () => ModelState | undefined): () => void {
  const fill = (): void => {
    const model = chosen();
    if (model === undefined) return;
    byId('request').value = requestText(model);
    say(
      'try-sub',
      `POST /${inferPath(model)}, as any client would; counted like all others. "random" as data is filled in when it is sent.`,
    );
    say('outcome', '');
    say('answer', '–');
  };
  byId('anew').addEventListener('click', fill);
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const model = chosen();
    if (model !== undefined) void send(model);
  });
  return fill;
}

/** Sends what stands in the form. */
export async function send(model: ModelState): Promise<void> {
  const button = byId('send');
  button.disabled = true;
  say('outcome', 'sent, waiting');
  try {
    const body = bodyOf(byId('request').value);
    const token = byId('token').value.trim();
    const began = performance.now();
    const response = await fetch(inferPath(model), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    });
    const text = await response.text();
    const took = performance.now() - began;
    if (response.status === 401 || response.status === 403) byId('token-field').hidden = false;
    say(
      'outcome',
      `${response.status} ${response.statusText} in ${showMs(took)}, ${showBytes(body.length)} sent, ${showBytes(text.length)} received`,
    );
    say('answer', readable(text));
  } catch (error) {
    say('outcome', 'not sent, or not answered');
    say('answer', error instanceof Error ? error.message : String(error));
  } finally {
    button.disabled = false;
  }
}

/** JSON with a line for each member, numbers in a row, and no more than can be read. */
export function readable(text: string): string {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2).replace(
      /\[\s+([^[\]{}]*?)\s+\]/g,
      (_, inner: string) => `[${inner.replace(/\s+/g, ' ')}]`,
    );
  } catch {
    // It is shown as it came.
  }
  return shown.length > 20_000
    ? `${shown.slice(0, 20_000)}\n… ${shown.length - 20_000} more characters`
    : shown;
}
