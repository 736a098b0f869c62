import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import * as pb from '../src/serve/generated/grpc_service_pb.ts';
import { instancePids, processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

/** A collector of OTLP over HTTP, as small as it gets. */
class Collector {
  readonly spans: OtlpSpan[] = [];
  readonly resources: unknown[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async open(): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      collector.take(JSON.parse(Buffer.concat(chunks).toString()));
      response.setHeader('Content-Type', 'application/json').end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/traces`;
  }

  of(id: string): OtlpSpan | undefined {
    return this.spans.find((span) => attributesOf(span)['thinfer.request.id'] === id);
  }

  children(parent: OtlpSpan): OtlpSpan[] {
    return this.spans.filter((span) => span.parentSpanId === parent.spanId);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private take(body: { resourceSpans: { resource: unknown; scopeSpans: { spans: OtlpSpan[] }[] }[] }): void {
    for (const { resource, scopeSpans } of body.resourceSpans) {
      this.resources.push(resource);
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
  }
}

function attributesOf({ attributes }: OtlpSpan): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const sampled = `00-${traceId}-${parentId}-01`;
const unsampled = `00-${traceId}-${parentId}-00`;

const body = (items = 1): string =>
  JSON.stringify({
    inputs: [
      {
        name: 'input',
        datatype: 'FP32',
        shape: [items, 3, 8, 8],
        data: new Array(items * 192).fill(0.5),
      },
    ],
  });

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** With any headers: `fetch` keeps `Host` and `Origin` to itself. */
async function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    text,
  }: { method?: string; headers?: Record<string, string>; text?: string } = {},
): Promise<Answer> {
  const request = httpRequest(url, { method, headers: { Connection: 'close', ...headers } });
  request.end(text);
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

const infer = (http: string, headers: Record<string, string>, text = body()): Promise<Answer> =>
  ask(`${http}/v2/models/tiny/infer`, { method: 'POST', headers, text });

/** A unary inference over gRPC; gives the trailers, and the error where there is one. */
async function inferGrpc(
  address: string,
  headers: Record<string, string>,
  model = 'tiny',
): Promise<{ readonly trailer: Metadata; readonly error: ServiceError | null }> {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  const raw = Buffer.from(new Float32Array(192).fill(0.5).buffer);
  const request = create(pb.ModelInferRequestSchema, {
    modelName: model,
    inputs: [{ name: 'input', datatype: 'FP32', shape: [1n, 3n, 8n, 8n] }],
    rawInputContents: [raw],
  });
  try {
    return await new Promise((resolve) => {
      let error: ServiceError | null = null;
      client
        .makeUnaryRequest(
          '/inference.GRPCInferenceService/ModelInfer',
          (message: pb.ModelInferRequest) => Buffer.from(toBinary(pb.ModelInferRequestSchema, message)),
          (bytes) => fromBinary(pb.ModelInferResponseSchema, bytes),
          request,
          metadata,
          (failed) => {
            error = failed;
          },
        )
        .on('status', ({ metadata: trailer }) => setImmediate(() => resolve({ trailer, error })));
    });
  } finally {
    client.close();
  }
}

/** Every line of the log, which must be JSON. */
function linesOf(log: string): Record<string, unknown>[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function served(
  scratch: Scratch,
  flags: readonly string[],
  run: (server: Serving) => Promise<void>,
): Promise<Record<string, unknown>[]> {
  const server = await startServe(scratch, ['tiny', '--engine', 'null', ...flags]);
  await run(server);
  const { status, stderr } = await server.stop();
  assert.equal(status, 0, stderr);
  return linesOf(stderr);
}

processTest('a request of a sampled trace has a span, and spans of its parts below it', async (scratch) => {
  const collector = await Collector.open();
  try {
    const flags = ['--traces-endpoint', collector.url, '--traces-sample', '0', '--config', '1x1x2'];
    const lines = await served(scratch, flags, async ({ http, grpc }) => {
      const headers = { traceparent: sampled, tracestate: 'vendor=1', 'x-request-id': 'over-http' };
      assert.equal((await infer(http, headers, body(3))).status, 200);
      await infer(http, { 'x-request-id': 'not-sampled' });
      await infer(http, { traceparent: unsampled, 'x-request-id': 'said-no' });
      await infer(http, { traceparent: '00-zz', 'x-request-id': 'malformed' });
      await ask(`${http}/v2/models/none?secret=1`, {
        headers: { traceparent: sampled, 'x-request-id': 'lost' },
      });
      await inferGrpc(grpc, { traceparent: sampled, 'x-request-id': 'over-grpc' });
      await inferGrpc(grpc, { traceparent: sampled, 'x-request-id': 'no-model' }, 'none');
    });
    assert.deepEqual(lines, []);
    checkHttp(collector);
    checkGrpc(collector);
    for (const id of ['not-sampled', 'said-no', 'malformed']) assert.equal(collector.of(id), undefined, id);
  } finally {
    collector.close();
  }
});

function checkHttp(collector: Collector): void {
  const span = collector.of('over-http')!;
  assert.deepEqual([span.traceId, span.parentSpanId], [traceId, parentId]);
  assert.equal(span.name, 'POST /v2/models/{model}/infer');
  assert.equal(span.kind, 2, 'a server’s');
  const attributes = attributesOf(span);
  assert.equal(attributes['http.route'], '/v2/models/{model}/infer');
  assert.equal(attributes['http.response.status_code'], 200);
  assert.equal(attributes['thinfer.model.name'], 'tiny');
  const children = collector.children(span);
  const names = children.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    'gather', 'gather', 'output', 'queue', 'receive', 'run', 'run',
  ]); // biome-ignore format: a list
  for (const child of children) {
    assert.equal(child.traceId, traceId);
    assert.ok(BigInt(child.startTimeUnixNano) >= BigInt(span.startTimeUnixNano), child.name);
    assert.ok(BigInt(child.endTimeUnixNano) <= BigInt(span.endTimeUnixNano), child.name);
  }
  const runs = children.filter(({ name }) => name === 'run').map(attributesOf);
  const items = runs.map((run) => Number(run['thinfer.request.items']));
  assert.equal(items[0]! + items[1]!, 3);
  for (const run of runs) {
    assert.equal(run['thinfer.instance.index'], 0);
    assert.ok(Number(run['process.pid']) > 0);
    assert.ok(Number(run['thinfer.batch.items']) <= 2);
  }
  const lost = collector.of('lost')!;
  assert.equal(attributesOf(lost)['error.type'], 'not-found');
  assert.equal(attributesOf(lost)['url.path'], '/v2/models/none', 'without the query');
  assert.ok(JSON.stringify(collector.resources[0]).includes('"thinfer"'));
}

function checkGrpc(collector: Collector): void {
  const span = collector.of('over-grpc')!;
  assert.equal(span.traceId, traceId);
  assert.equal(span.name, 'inference.GRPCInferenceService/ModelInfer');
  assert.equal(attributesOf(span)['rpc.response.status_code'], 'OK');
  assert.equal(collector.children(span).length, 5);
  const failed = attributesOf(collector.of('no-model')!);
  assert.equal(failed['rpc.response.status_code'], 'NOT_FOUND');
}

processTest('without a parent the share is sampled', async (scratch) => {
  const collector = await Collector.open();
  try {
    await served(
      scratch,
      ['--traces-endpoint', collector.url, '--traces-sample', '100%'],
      async ({ http }) => {
        for (let at = 0; at < 5; at++) await infer(http, { 'x-request-id': `r${at}` });
        await until('spans', () => [0, 1, 2, 3, 4].every((at) => collector.of(`r${at}`) !== undefined));
      },
    );
  } finally {
    collector.close();
  }
});

processTest('a collector that is not there is told of once, and harms nothing', async (scratch) => {
  const gone = await Collector.open();
  const { url } = gone;
  gone.close();
  const lines = await served(
    scratch,
    ['--traces-endpoint', url, '--traces-sample', '1'],
    async ({ http, log }) => {
      for (let at = 0; at < 3; at++) {
        assert.equal((await infer(http, {})).status, 200);
        await until('its line', () => log().includes('traces can'));
      }
    },
  );
  assert.equal(lines.filter(({ msg }) => String(msg).startsWith('traces can')).length, 1);
});

processTest('one id goes from the door to logs and answers', async (scratch) => {
  const lines = await served(scratch, ['--log-requests', '--config', '1x1x2'], async ({ http, grpc }) => {
    const { headers } = await infer(http, { 'x-request-id': 'given:1' });
    assert.equal(headers['x-request-id'], 'given:1');
    assert.match(String((await infer(http, { 'x-request-id': 'a b' })).headers['x-request-id']), /^[\w-]+$/);
    const { trailer } = await inferGrpc(grpc, { 'x-request-id': 'given.2' });
    assert.deepEqual(trailer.get('x-request-id'), ['given.2']);
    const { error } = await inferGrpc(grpc, { 'x-request-id': 'given.3' }, 'none');
    assert.deepEqual(error!.metadata.get('x-request-id'), ['given.3']);
  });
  const line = (id: string) => lines.find((one) => one['id'] === id)!;
  assert.equal(line('given:1')['status'], 200);
  assert.equal(line('given:1')['batch'], 1);
  assert.equal(typeof line('given:1')['queueMs'], 'number');
  assert.equal(line('given.2')['status'], 'OK');
  assert.equal(line('given.2')['method'], 'ModelInfer');
  assert.equal(line('given.3')['code'], 'not-found');
  assert.equal(lines.length, 4);
});

processTest('at level debug requests that fail are logged, others not', async (scratch) => {
  const lines = await served(scratch, ['--log-level', 'debug', '--log-slow', '1h'], async ({ http }) => {
    await infer(http, { 'x-request-id': 'good' });
    await infer(http, { 'x-request-id': 'bad' }, '{');
  });
  const about = lines.filter(({ id }) => id !== undefined);
  assert.deepEqual(
    about.map(({ id, msg }) => [id, msg]),
    [['bad', 'request failed']],
  );
});

processTest('an instance that is lost is logged with the requests that it ran', async (scratch) => {
  const flags = ['--config', '1x1x2', '--supervision-hang-grace', '200ms'];
  const lines = await served(scratch, flags, async ({ http, log }) => {
    await infer(http, {});
    const [pid] = instancePids();
    process.kill(pid!, 'SIGSTOP');
    assert.equal((await infer(http, { 'x-request-id': 'unlucky' })).status, 200);
    await until('the line', () => log().includes('instance lost'));
  });
  const lost = lines.find(({ msg }) => String(msg).startsWith('instance lost'))!;
  assert.deepEqual(lost['requests'], ['unlucky']);
  assert.equal(lost['requestCount'], 1);
});

processTest('pages of other servers are kept out, unless they are listed', async (scratch) => {
  const flags = ['--http-allow-origin', 'https://app.example', '--http-allow-host', 'box.lan'];
  await served(scratch, flags, async ({ http, management }) => {
    const own = new URL(http).host;
    const evil = await infer(http, { Origin: 'https://evil.example' });
    assert.equal(evil.status, 403);
    assert.match(evil.body, /http\.allow-origin/);
    assert.equal(evil.headers['access-control-allow-origin'], undefined);
    assert.equal((await infer(http, { Origin: 'null' })).status, 403);
    assert.equal((await infer(http, { Origin: `http://${own}` })).status, 200);
    const listed = await infer(http, { Origin: 'https://app.example' });
    assert.deepEqual(
      [listed.status, listed.headers['access-control-allow-origin']],
      [200, 'https://app.example'],
    );
    const preflight = await ask(`${http}/v2/models/tiny/infer`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,x-request-id',
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST');
    assert.equal(preflight.headers['access-control-allow-headers'], 'content-type,x-request-id');
    for (const host of ['evil.example', `evil.example:${new URL(http).port}`, 'localhost.evil.example'])
      assert.equal((await ask(`${http}/v2/health/live`, { headers: { Host: host } })).status, 403, host);
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:8000', 'BOX.lan:80', '10.0.0.7'])
      assert.equal((await ask(`${http}/v2/health/live`, { headers: { Host: host } })).status, 200, host);
    const managed = await ask(`${management}/v2/health/live`, {
      headers: { Origin: 'https://evil.example' },
    });
    assert.equal(managed.status, 403);
  });
});

processTest('what fails before a handler has the words of TorchServe on its paths', async (scratch) => {
  await served(scratch, ['--limits-body', '64KiB'], async ({ http, management }) => {
    const shown = async (answer: Promise<Answer>): Promise<unknown[]> => {
      const { status, body: text } = await answer;
      const { code, type } = JSON.parse(text) as Record<string, unknown>;
      return [status, code, type];
    };
    const post = (url: string, text: string, headers = {}) => ask(url, { method: 'POST', text, headers });
    assert.deepEqual(await shown(ask(`${management}/models`)), [401, 401, 'InvalidKeyException']);
    assert.deepEqual(await shown(ask(`${http}/predictions/a/b/c`)), [404, 404, 'ResourceNotFoundException']);
    assert.deepEqual(await shown(ask(`${http}/predictions/tiny`)), [405, 405, 'MethodNotAllowedException']);
    assert.deepEqual(await shown(post(`${http}/predictions/tiny`, 'x'.repeat(100_000))), [
      413, 413, 'BadRequestException',
    ]); // biome-ignore format: a list
    const foreign = post(`${http}/predictions/tiny`, '', { Origin: 'https://evil.example' });
    assert.deepEqual(await shown(foreign), [403, 403, 'InvalidKeyException']);
    assert.match((await ask(`${http}/v2/none/such`)).body, /^\{"error":/);
  });
});

processTest('before the end, answers tell clients to go elsewhere', async (scratch) => {
  const server = await startServe(scratch, ['tiny', '--engine', 'null', '--drain-window', '2s']);
  const url = `${server.http}/v2/models/tiny/infer`;
  const keep = { method: 'POST', headers: { Connection: 'keep-alive' }, text: body() };
  assert.equal((await ask(url, keep)).headers.connection, 'keep-alive');
  const ended = server.stop();
  while ((await ask(`${server.http}/v2/health/ready`)).status === 200) await sleep(5);
  const last = await ask(url, keep);
  assert.deepEqual([last.status, last.headers.connection], [200, 'close']);
  assert.equal((await ended).status, 0);
});
