import { HttpPool } from '../http/http-pool.ts';
import { authorization, encodeRequest } from '../http/http-request.ts';
import type { Origin } from '../http/origin.ts';
import type { HttpResponse } from '../http/response-parser.ts';
import type { AnswerTensor, Reply } from '../outcome.ts';
import { replyOf } from './http-reply.ts';
import type { Target } from './target.ts';

/** A body that is sent as it is. */
export interface RawBody {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** How requests are made and sent. */
export interface TorchServeOptions {
  readonly origin: Origin;
  readonly model: string;
  readonly version: string | null;
  readonly token: string | null;
  readonly connections: number;
  readonly keepBytes: number;
}

/** TorchServe's predictions: `POST /predictions/MODEL`, with whatever body the model's handler takes. */
export class TorchServeTarget implements Target {
  private readonly pool: HttpPool;
  private readonly requests: readonly Uint8Array[];

  constructor(options: TorchServeOptions, bodies: readonly RawBody[]) {
    const { origin, model, version, token, connections, keepBytes } = options;
    const path = `/predictions/${encodeURIComponent(model)}${version === null ? '' : `/${encodeURIComponent(version)}`}`;
    this.pool = new HttpPool(origin, { most: connections, keepBytes });
    this.requests = bodies.map(({ bytes, contentType }) =>
      encodeRequest(origin, {
        method: 'POST',
        path,
        headers: { ...authorization(token), 'Content-Type': contentType },
        body: bytes,
      }),
    );
  }

  get waited(): number {
    return this.pool.waited;
  }

  send(payload: number, settle: (reply: Reply) => void): () => void {
    return this.pool.request(this.requests[payload]!, (response, failure) =>
      settle(replyOf(response, failure, readPrediction)),
    );
  }

  close(): void {
    this.pool.close();
  }
}

/** A prediction as one "tensor": the numbers of its JSON, within the tolerance, and its form, exactly. Else its bytes. */
export function readPrediction({ body }: HttpResponse): AnswerTensor[] {
  const text = Buffer.from(body).toString('utf8');
  try {
    const numbers: number[] = [];
    const form = JSON.stringify(JSON.parse(text), (_, value: unknown) => {
      if (typeof value !== 'number') return value;
      numbers.push(value);
      return 0;
    });
    return [
      { name: 'numbers', type: 'JSON', shape: [], values: Float64Array.from(numbers) },
      { name: 'form', type: 'JSON', shape: [], values: [form] },
    ];
  } catch {
    return [{ name: 'body', type: 'bytes', shape: [], values: [Buffer.from(body).toString('latin1')] }];
  }
}
