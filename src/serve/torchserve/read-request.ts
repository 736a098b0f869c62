import { ThinferError } from '../../errors.ts';
import { Chunks } from '../chunks.ts';
import type { HttpLimits } from '../http/limits.ts';
import { parseJson } from '../oip/parse-json.ts';
import { pictureFormat } from '../preprocess/picture-format.ts';
import { type FormPart, mediaTypeOf, readMultipart } from './multipart.ts';
import {
  type InputReader,
  jsonInputs,
  pictureInputs,
  type ReadInputs,
  rawInputs,
  rawTensor,
  textInputs,
} from './read-inputs.ts';
import { badRequest } from './torch-problem.ts';

/** A body with its type. */
export interface SentBody {
  /** The Content-Type header. */
  readonly contentType: string | undefined;
  readonly bytes: Chunks;
}

/** Limits of JSON. */
export type JsonLimits = Pick<HttpLimits, 'jsonBytes' | 'jsonDepth'>;

type Kind = 'json' | 'picture' | 'text' | 'raw';

/** Reads the body of a prediction: JSON, a picture, text, raw bytes, or a form with parts of one of these. */
export async function readRequest(
  reader: InputReader,
  body: SentBody,
  limits: JsonLimits,
): Promise<ReadInputs> {
  const type = mediaTypeOf(body.contentType);
  if (type === 'multipart/form-data') {
    const parts = await readMultipart(body.contentType!, body.bytes);
    return formInputs(reader, parts, limits);
  }
  if (body.bytes.length === 0) throw badRequest('The request has no body.');
  if (type === 'application/x-www-form-urlencoded' && kindOf(reader, '', body.bytes) !== 'json')
    return urlEncodedInputs(reader, body, limits);
  const kind = kindOf(reader, type === 'application/x-www-form-urlencoded' ? '' : type, body.bytes);
  return partInputs(reader, kind, [body.bytes], limits);
}

/** JSON of a body. Throws `too-large` and `request-invalid`. */
export function parseBody(bytes: Chunks, { jsonBytes, jsonDepth }: JsonLimits): unknown {
  if (bytes.length > jsonBytes)
    throw new ThinferError(
      'too-large',
      `The JSON has ${bytes.length} bytes, and at most ${jsonBytes} are taken.`,
      {
        remedy: 'Send raw bytes as application/octet-stream.',
      },
    );
  return parseJson(bytes.join(), jsonDepth);
}

function partInputs(
  reader: InputReader,
  kind: Kind,
  bodies: readonly Chunks[],
  limits: JsonLimits,
): ReadInputs | Promise<ReadInputs> {
  const single = bodies.length === 1;
  switch (kind) {
    case 'picture':
      return pictureInputs(reader, bodies, single);
    case 'text':
      return textInputs(reader, bodies.map(decodeText), single);
    case 'json': {
      const values = bodies.map((bytes) => parseBody(bytes, limits));
      return jsonInputs(reader, single ? values[0] : values);
    }
    case 'raw':
      return rawInputs(reader, bodies.length === 1 ? bodies[0]! : joined(bodies));
  }
}

function formInputs(
  reader: InputReader,
  parts: readonly FormPart[],
  limits: JsonLimits,
): ReadInputs | Promise<ReadInputs> {
  const { view } = reader;
  const data = parts.filter(({ name }) => name === 'data' || name === 'body');
  if (data.length > 0 && data.length === parts.length) {
    const kinds = new Set(data.map(({ contentType, bytes }) => kindOf(reader, contentType, bytes)));
    if (kinds.size > 1) throw badRequest('The parts "data" of the form are of different kinds.');
    const [kind] = kinds;
    return partInputs(
      reader,
      kind!,
      data.map(({ bytes }) => bytes),
      limits,
    );
  }
  const named = view.inputs.map((input) => ({
    input,
    sent: parts.filter(({ name }) => name === input.name),
  }));
  if (parts.length !== view.inputs.length || named.some(({ sent }) => sent.length !== 1))
    throw badRequest(
      `The form has to hold parts "data", or one part for each of ${view.inputs.map(({ name }) => name).join(', ')}.`,
    );
  return { inputs: named.map(({ input, sent }) => rawTensor(input, sent[0]!.bytes)), single: false };
}

/** `data=…` once or several times, as `curl --data-urlencode` sends it. */
function urlEncodedInputs(
  reader: InputReader,
  { bytes }: SentBody,
  limits: JsonLimits,
): ReadInputs | Promise<ReadInputs> {
  const form = new URLSearchParams(decodeText(bytes));
  const values = [...form.getAll('data'), ...form.getAll('body')];
  if (values.length === 0) throw badRequest('The form has no field "data".');
  if (values.length > 1024) throw new ThinferError('too-large', 'The form has more than 1024 fields.');
  const bodies = values.map((value) => new Chunks([Buffer.from(value, 'utf8')]));
  return partInputs(reader, reader.preprocess?.kind === 'text' ? 'text' : 'json', bodies, limits);
}

/**
 * What bytes are: what their type says; without a type, or with one that says nothing, what the model takes and the bytes look like.
 * `curl -T` sends no type.
 */
function kindOf({ preprocess }: InputReader, type: string, bytes: Chunks): Kind {
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type.startsWith('image/')) return 'picture';
  if (type === 'text/plain' && preprocess?.kind === 'text') return 'text';
  if (preprocess?.kind === 'image' && pictureFormat(beginning(bytes)) !== undefined) return 'picture';
  if (type === 'application/octet-stream') return 'raw';
  if (type !== '' && type !== 'text/plain')
    throw badRequest(
      `Content-Type ${type.slice(0, 100)} is not known; there are application/json, application/octet-stream, image/jpeg, image/png, text/plain and multipart/form-data.`,
    );
  if (looksLikeJson(bytes)) return 'json';
  return preprocess?.kind === 'text' ? 'text' : 'raw';
}

function looksLikeJson(bytes: Chunks): boolean {
  const first = beginning(bytes).find((byte) => byte > 0x20);
  const tail = bytes.slice(Math.max(0, bytes.length - 8), Math.min(8, bytes.length)).join();
  const last = tail.findLast((byte) => byte > 0x20);
  return (first === 0x5b && last === 0x5d) || (first === 0x7b && last === 0x7d);
}

function beginning(bytes: Chunks): Uint8Array {
  return bytes.slice(0, Math.min(8, bytes.length)).join();
}

function decodeText(bytes: Chunks): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.join());
  } catch {
    throw badRequest('The text is not UTF-8.');
  }
}

function joined(bodies: readonly Chunks[]): Chunks {
  return new Chunks(bodies.map((bytes) => bytes.join()));
}
