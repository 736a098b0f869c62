import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import { datatypeOf, typeOfDatatype } from '../../serve/oip/datatypes.ts';
import { HttpPool } from '../http/http-pool.ts';
import { authorization, encodeRequest } from '../http/http-request.ts';
import type { Origin } from '../http/origin.ts';
import { type HttpResponse, headerOf } from '../http/response-parser.ts';
import type { AnswerTensor, Reply } from '../outcome.ts';
import type { RequestInputs } from '../requests/make-inputs.ts';
import { jsonOfBytes, valuesOfBytes, valuesOfJson } from '../requests/tensor-values.ts';
import { replyOf } from './http-reply.ts';
import type { Target } from './target.ts';

/** How requests are made and sent. */
export interface OipOptions {
  readonly origin: Origin;
  readonly model: string;
  /** Null: the server's choice. */
  readonly version: string | null;
  /** Sent as the parameter `timeout`; null: none. */
  readonly deadlineMs: number | null;
  readonly token: string | null;
  /** Most connections at a time (REST only). */
  readonly connections: number;
  /** Of each answer, so much is kept (REST only). */
  readonly keepBytes: number;
  /** Tensors as binary data after the JSON (REST only). */
  readonly binary: boolean;
}

/** The path of a model in the protocol's REST form. */
export function modelPath({ model, version }: Pick<OipOptions, 'model' | 'version'>): string {
  return `/v2/models/${encodeURIComponent(model)}${version === null ? '' : `/versions/${encodeURIComponent(version)}`}`;
}

/** The Open Inference Protocol over REST, with or without its binary tensors. */
export class OipRestTarget implements Target {
  private readonly pool: HttpPool;
  private readonly requests: readonly Uint8Array[];

  constructor(options: OipOptions, inputs: readonly RequestInputs[]) {
    this.pool = new HttpPool(options.origin, { most: options.connections, keepBytes: options.keepBytes });
    this.requests = inputs.map((request) => encodeInfer(options, request));
  }

  get waited(): number {
    return this.pool.waited;
  }

  send(payload: number, settle: (reply: Reply) => void): () => void {
    return this.pool.request(this.requests[payload]!, (response, failure) =>
      settle(replyOf(response, failure, readInferResponse)),
    );
  }

  close(): void {
    this.pool.close();
  }
}

/** An inference request as bytes. */
export function encodeInfer(options: OipOptions, { tensors }: RequestInputs): Uint8Array {
  const { binary, deadlineMs, token, origin } = options;
  const parameters = {
    ...(binary ? { binary_data_output: true } : {}),
    ...(deadlineMs === null ? {} : { timeout: Math.max(1, Math.round(deadlineMs * 1000)) }),
  };
  const header = JSON.stringify({
    inputs: tensors.map(({ name, type, shape, data }) => ({
      name,
      datatype: datatypeOf(type),
      shape,
      ...(binary
        ? { parameters: { binary_data_size: data.length } }
        : { data: jsonOfBytes(type, shape, data) }),
    })),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  });
  const json = Buffer.from(header);
  const body = binary ? Buffer.concat([json, ...tensors.map(({ data }) => data)]) : json;
  const headers = {
    ...authorization(token),
    'Content-Type': binary ? 'application/octet-stream' : 'application/json',
    ...(binary ? { 'Inference-Header-Content-Length': String(json.length) } : {}),
  };
  return encodeRequest(origin, { method: 'POST', path: `${modelPath(options)}/infer`, headers, body });
}

const answerSchema = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number().int().min(0)),
      parameters: z.object({ binary_data_size: z.number().int().min(0).optional() }).optional(),
      data: z.unknown().optional(),
    }),
  ),
});

/** The tensors of an answer. Throws `request-invalid`. */
export function readInferResponse({ head, body }: HttpResponse): AnswerTensor[] {
  const stated = headerOf(head, 'inference-header-content-length');
  const length = stated === undefined ? body.length : Number(stated);
  const parsed = answerSchema.safeParse(parseJson(Buffer.from(body.subarray(0, length)).toString('utf8')));
  if (!parsed.success)
    throw new ThinferError('request-invalid', 'the answer has no outputs as the protocol has them');
  let at = length;
  return parsed.data.outputs.map(({ name, datatype, shape, parameters, data }) => {
    const type = typeOfDatatype(datatype);
    if (type === undefined)
      throw new ThinferError('request-invalid', `output "${name}" has datatype "${datatype}"`);
    const size = parameters?.binary_data_size;
    if (size === undefined) return { name, type: datatype, shape, values: valuesOfJson(type, data) };
    const bytes = body.subarray(at, at + size);
    at += size;
    return { name, type: datatype, shape, values: valuesOfBytes(type, shape, bytes) };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ThinferError('request-invalid', 'the answer is no JSON');
  }
}
