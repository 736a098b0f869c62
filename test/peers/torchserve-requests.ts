/** One request to a TorchServe, or to what speaks as one. */
export interface TorchServeRequest {
  readonly name: string;
  readonly on: 'inference' | 'management';
  readonly method: string;
  /** `{m}` stands for the model, `{v}` for its version. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: 'tensor' | 'json' | 'broken-json' | 'short';
}

/** What came of it: what its clients look at. Words of messages are each server's own. */
export interface TorchServeOutcome {
  readonly status: number;
  readonly contentType: string | null;
  /** Keys of the JSON object, or of the first of an array of objects; null: no such JSON. */
  readonly keys: readonly string[] | null;
  /** `type` of an error. */
  readonly type: string | null;
}

type Words = Pick<TorchServeRequest, 'method' | 'path' | 'contentType' | 'body'>;
const on = (
  listener: TorchServeRequest['on'],
  all: Readonly<Record<string, readonly [string, string, TorchServeRequest['body']?, string?]>>,
): TorchServeRequest[] =>
  Object.entries(all).map(([name, [method, path, body, contentType]]) => {
    const words: Words = {
      ...{ method, path },
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    };
    return { name, on: listener, ...words };
  });

const raw = 'application/octet-stream';

/** In this order: later ones find what earlier ones did. */
export const torchServeRequests: readonly TorchServeRequest[] = [
  ...on('inference', {
    ping: ['GET', '/ping'],
    'ping.post': ['POST', '/ping'],
    'ping.slash': ['GET', '/ping/'],
    description: ['OPTIONS', '/'],
    'description.get': ['GET', '/api-description'],
    'predict.tensor': ['POST', '/predictions/{m}', 'tensor', raw],
    'predict.version': ['POST', '/predictions/{m}/{v}', 'tensor', raw],
    'predict.put': ['PUT', '/predictions/{m}', 'tensor', raw],
    'predict.unknown-model': ['POST', '/predictions/none', 'tensor', raw],
    'predict.unknown-version': ['POST', '/predictions/{m}/9.9', 'tensor', raw],
    'predict.no-model': ['POST', '/predictions', 'tensor', raw],
    'predict.delete': ['DELETE', '/predictions/{m}'],
    'predict.broken-json': ['POST', '/predictions/{m}', 'broken-json', 'application/json'],
    'predict.short': ['POST', '/predictions/{m}', 'short', raw],
    'invoke.tensor': ['POST', '/models/{m}/invoke', 'tensor', raw],
    'invoke.unknown-model': ['POST', '/models/none/invoke', 'tensor', raw],
    'invocations.tensor': ['POST', '/invocations?model_name={m}', 'tensor', raw],
    'invocations.unknown-model': ['POST', '/invocations?model_name=none', 'tensor', raw],
    'v1.unknown-model': ['POST', '/v1/models/none:predict', 'json', 'application/json'],
    'inference.unknown-path': ['GET', '/nowhere'],
    'inference.unknown-path-post': ['POST', '/nowhere', 'json', 'application/json'],
    'inference.models': ['GET', '/models'],
  }),
  ...on('management', {
    list: ['GET', '/models'],
    'list.limit': ['GET', '/models?limit=1'],
    'list.limit-no-number': ['GET', '/models?limit=abc'],
    'list.token-no-number': ['GET', '/models?next_page_token=abc'],
    'list.token-too-large': ['GET', '/models?next_page_token=1000'],
    describe: ['GET', '/models/{m}'],
    'describe.version': ['GET', '/models/{m}/{v}'],
    'describe.all': ['GET', '/models/{m}/all'],
    'describe.unknown-model': ['GET', '/models/none'],
    'describe.unknown-version': ['GET', '/models/{m}/9.9'],
    'register.no-url': ['POST', '/models'],
    'register.unknown-url': ['POST', '/models?url=nowhere.mar'],
    'register.path': ['POST', '/models?url=../nowhere.mar'],
    'register.broken-json': ['POST', '/models', 'broken-json', 'application/json'],
    'scale.same': ['PUT', '/models/{m}?min_worker=1'],
    'scale.synchronous': ['PUT', '/models/{m}?min_worker=1&synchronous=true'],
    'scale.version': ['PUT', '/models/{m}/{v}?min_worker=1'],
    'scale.no-number': ['PUT', '/models/{m}?min_worker=abc'],
    'scale.most-below-least': ['PUT', '/models/{m}?min_worker=2&max_worker=1'],
    'scale.unknown-model': ['PUT', '/models/none?min_worker=1'],
    'scale.unknown-version': ['PUT', '/models/{m}/9.9?min_worker=1'],
    'default.same': ['PUT', '/models/{m}/{v}/set-default'],
    'default.unknown-model': ['PUT', '/models/none/1.0/set-default'],
    'default.unknown-version': ['PUT', '/models/{m}/9.9/set-default'],
    'unregister.unknown-model': ['DELETE', '/models/none'],
    'unregister.unknown-version': ['DELETE', '/models/{m}/9.9'],
    'unregister.no-model': ['DELETE', '/models'],
    'management.patch': ['PATCH', '/models/{m}'],
    'management.unknown-path': ['GET', '/nowhere'],
    'management.predict': ['POST', '/predictions/{m}', 'tensor', raw],
    unregister: ['DELETE', '/models/{m}/{v}'],
    'unregister.again': ['DELETE', '/models/{m}/{v}'],
  }),
];

/** Where requests go, and what stands for `{m}` and `{v}`. */
export interface TorchServeServer {
  /** `http://HOST:PORT`. */
  readonly inference: string;
  readonly management: string;
  readonly token: string | null;
  readonly model: string;
  readonly version: string;
  /** Of one item, as it lies in memory. */
  readonly tensor: Uint8Array;
}

/** Sends all of them, one after the other. */
export async function askTorchServe(server: TorchServeServer): Promise<Record<string, TorchServeOutcome>> {
  const outcomes: Record<string, TorchServeOutcome> = {};
  for (const request of torchServeRequests) outcomes[request.name] = await ask(server, request);
  return outcomes;
}

async function ask(server: TorchServeServer, request: TorchServeRequest): Promise<TorchServeOutcome> {
  const path = request.path.replace('{m}', server.model).replace('{v}', server.version);
  const { token } = server;
  const answer = await fetch(`${server[request.on]}${path}`, {
    method: request.method,
    headers: {
      ...(request.contentType === undefined ? {} : { 'Content-Type': request.contentType }),
      // What a handler of TorchServe sends is its own affair; here the client says so.
      ...(request.contentType === raw ? { Accept: raw } : {}),
      ...(token === null || request.on === 'inference' ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(request.body === undefined ? {} : { body: bodyOf(request.body, server) }),
  });
  const json = parsed(await answer.text());
  return {
    status: answer.status,
    contentType: answer.headers.get('content-type')?.split(';')[0] ?? null,
    keys: json === null ? null : Object.keys(json).sort(),
    type: typeof json?.['type'] === 'string' ? json['type'] : null,
  };
}

function bodyOf(
  body: NonNullable<TorchServeRequest['body']>,
  { tensor }: TorchServeServer,
): string | Uint8Array<ArrayBuffer> {
  switch (body) {
    case 'tensor':
      return Buffer.from(tensor);
    case 'short':
      return Buffer.from(tensor.subarray(0, 3));
    case 'json':
      return '{"instances": [1]}';
    case 'broken-json':
      return '{"data": [1,';
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const one: unknown = Array.isArray(value) ? value[0] : value;
    return typeof one === 'object' && one !== null && !Array.isArray(one)
      ? (one as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
