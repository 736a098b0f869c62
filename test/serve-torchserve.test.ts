import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ThinferError } from '../src/errors.ts';
import { ModelServer } from '../src/serve/core/model-server.ts';
import { HttpListener, inferenceClasses, managementClasses, RouteTable } from '../src/serve/http/index.ts';
import { Preprocessor } from '../src/serve/preprocess/index.ts';
import { Refusal } from '../src/serve/refusal.ts';
import {
  type ModelManager,
  type TorchServeObserver,
  torchServeRoutes,
} from '../src/serve/torchserve/index.ts';
import type { ServeCore } from '../src/serve/types.ts';
import { EchoCore } from './support/echo-core.ts';
import { processTest } from './support/process-test.ts';
import { serveModel } from './support/serve-core.ts';
import { openTiny } from './support/tiny.ts';

const picture = readFileSync(join(import.meta.dirname, 'fixtures/preprocess/wide.jpg'));
const second = readFileSync(join(import.meta.dirname, 'fixtures/preprocess/tall.png'));

/** A manager that keeps what it was told. */
class ToldManager implements ModelManager {
  readonly told: unknown[] = [];
  failure: ThinferError | null = null;

  facts(): ReturnType<ModelManager['facts']> {
    return { minWorkers: 1, maxWorkers: 2, queueCapacity: 100, loadedAtStartup: true };
  }
  async register(registration: object): Promise<{ name: string; version: string; workers: number }> {
    this.tell('register', registration);
    return { name: 'resnet50', version: '1', workers: 2 };
  }
  async unregister(name: string, version: string | undefined): Promise<void> {
    this.tell('unregister', name, version);
  }
  async scale(name: string, version: string | undefined, scaling: { minWorkers: number }): Promise<number> {
    this.tell('scale', name, version, scaling);
    return scaling.minWorkers;
  }
  async setDefault(name: string, version: string): Promise<void> {
    this.tell('setDefault', name, version);
  }
  private tell(...what: unknown[]): void {
    this.told.push(what);
    if (this.failure !== null) throw this.failure;
  }
}

interface Served {
  readonly url: string;
  readonly core: ServeCore;
  readonly manager: ToldManager;
  readonly preprocessor: Preprocessor;
  readonly counted: unknown[];
  readonly failed: string[];
}

const token = 'management-token';

async function serve(core: ServeCore, body: (served: Served) => Promise<void>): Promise<void> {
  const manager = new ToldManager();
  const preprocessor = new Preprocessor({ threads: 1 });
  const counted: unknown[] = [];
  const failed: string[] = [];
  const observer: TorchServeObserver = {
    requested: (model, version) => counted.push(['requested', model, version]),
    answered: (model, version, inferenceUs, queueUs) =>
      counted.push(['answered', model, version, inferenceUs >= queueUs]),
  };
  const routes = new RouteTable(
    torchServeRoutes({
      core,
      preprocessor,
      manager,
      observer,
      onBackgroundFailure: (error, what) => failed.push(`${what}: ${error.message}`),
    }),
  );
  const listener = await HttpListener.open({
    core,
    routes,
    classes: [...new Set([...inferenceClasses, ...managementClasses])],
    port: 0,
    tokens: { management: [token] },
  });
  try {
    await body({ url: listener.url, core, manager, preprocessor, counted, failed });
  } finally {
    await listener.close(1000);
    await preprocessor.close();
  }
}

type Body = string | Uint8Array | FormData | URLSearchParams;

async function ask(
  url: string,
  method = 'GET',
  body?: Body,
  headers: Record<string, string> = {},
): Promise<[number, unknown]> {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
  });
  return [response.status, JSON.parse(await response.text())];
}

const asJson = { 'content-type': 'application/json' };
const manage = { authorization: `Bearer ${token}` };
const error = (code: number, type: string, message: string): [number, unknown] => [
  code,
  { code, type, message },
];

async function withEcho(body: (served: Served & { core: EchoCore }) => Promise<void>): Promise<void> {
  const core = new EchoCore();
  await serve(core, (served) => body({ ...served, core }));
  assert.equal(core.released, core.answered, 'every answer is given back once');
}

test('ping is healthy only where every model can answer', () =>
  withEcho(async ({ url, core }) => {
    assert.deepEqual(await ask(`${url}/ping`), [200, { status: 'Healthy' }]);
    core.ready = false;
    assert.deepEqual(await ask(`${url}/ping`), [500, { status: 'Unhealthy' }]);
    core.ready = true;
    core.state = 'draining';
    assert.deepEqual(await ask(`${url}/ping`), [500, { status: 'Unhealthy' }]);
  }));

test('JSON in every form that TorchServe takes', () =>
  withEcho(async ({ url }) => {
    const to = `${url}/predictions/id_FP32`;
    for (const body of [
      '[[1, 2.5]]',
      '{"data": [[1, 2.5]]}',
      '{"instances": [[1, 2.5]]}',
      '{"body": [[1, 2.5]]}',
      '[{"data": [1, 2.5]}]',
      '{"x": [[1, 2.5]]}',
      '[{"x": [1, 2.5]}]',
    ])
      assert.deepEqual(await ask(to, 'POST', body, asJson), [200, [[1, 2.5]]], body);
    for (const body of ['[1, 2.5]', '{"data": [1, 2.5]}', '{"x": [1, 2.5]}'])
      assert.deepEqual(await ask(to, 'PUT', body, asJson), [200, [1, 2.5]], body);
    assert.deepEqual(await ask(`${to}/1`, 'POST', '[[1],[2],[3]]', asJson), [200, [[1], [2], [3]]]);
    assert.deepEqual(await ask(`${url}/models/id_FP32/invoke`, 'POST', '[3]', asJson), [200, [3]]);
    assert.deepEqual(await ask(`${url}/invocations?model_name=id_FP32`, 'POST', '[3]', asJson), [200, [3]]);
    assert.deepEqual(await ask(to, 'POST', new URLSearchParams({ data: '[1, 2]' })), [200, [1, 2]]);
    assert.deepEqual(
      await ask(to, 'POST', '[1, 2]', { 'content-type': 'application/x-www-form-urlencoded' }),
      [200, [1, 2]],
    );
    assert.deepEqual(await ask(`${url}/predictions/id_BOOL`, 'POST', '[[true, false]]', asJson), [
      200,
      [[true, false]],
    ]);
    assert.deepEqual(await ask(`${url}/predictions/id_STRING`, 'POST', '[["é", ""]]', asJson), [
      200,
      [['é', '']],
    ]);
    assert.deepEqual(await ask(to, 'POST', '[[NaN, -Infinity]]', asJson), [200, [[null, null]]]);
  }));

test('raw bytes, one by one, in a form, and back', () =>
  withEcho(async ({ url, preprocessor }) => {
    assert.equal(preprocessor.of({ name: 'id_FP32', version: '1' }), null);
    const bytes = new Uint8Array(new Float32Array([1, 2]).buffer);
    const to = `${url}/predictions/id_FP32`;
    const octets = { 'content-type': 'application/octet-stream' };
    const [status, body] = await ask(to, 'POST', bytes, octets);
    assert.equal(status, 400);
    assert.match((body as { message: string }).message, /does not follow from a number of bytes/);
    const response = await fetch(to, {
      method: 'POST',
      body: '[[1, 2]]',
      headers: { ...asJson, accept: 'application/octet-stream' },
    });
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
    assert.equal(response.headers.get('x-thinfer-shape'), '1x2');
    const form = new FormData();
    form.append('data', new Blob(['[1, 2]'], { type: 'application/json' }));
    form.append('data', new Blob(['[3, 4]'], { type: 'application/json' }));
    assert.deepEqual(await ask(to, 'POST', form), [
      200,
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  }));

test('KServe v1', () =>
  withEcho(async ({ url }) => {
    const to = `${url}/v1/models/id_FP32`;
    assert.deepEqual(await ask(to), [200, { name: 'id_FP32', ready: true }]);
    assert.deepEqual(await ask(`${to}:predict`, 'POST', '{"instances": [[1], [2]]}', asJson), [
      200,
      { predictions: [[1], [2]] },
    ]);
    assert.deepEqual(await ask(`${to}:predict`, 'POST', '{"instances": [{"data": [1]}]}'), [
      200,
      { predictions: [[1]] },
    ]);
    const [status] = await ask(`${to}:predict`, 'POST', '[[1]]', asJson);
    assert.equal(status, 400);
    assert.deepEqual(
      await ask(`${to}:explain`, 'POST', '{}'),
      error(
        404,
        'ResourceNotFoundException',
        'Requested resource is not found, please refer to API document.',
      ),
    );
    assert.deepEqual(
      await ask(`${url}/v1/models/none`),
      error(404, 'ModelNotFoundException', 'Model not found: none'),
    );
  }));

test('errors have the shape of TorchServe', () =>
  withEcho(async ({ url, core }) => {
    const to = `${url}/predictions/id_FP32`;
    assert.deepEqual(
      await ask(`${url}/predictions/none`, 'POST', '[1]'),
      error(404, 'ModelNotFoundException', 'Model not found: none'),
    );
    assert.deepEqual(
      await ask(`${to}/7`, 'POST', '[1]'),
      error(404, 'ModelVersionNotFoundException', 'Model version: 7 does not exist for model: id_FP32'),
    );
    core.failure = new Refusal('overloaded', 'full', { expectedMs: 100 });
    assert.deepEqual(await ask(to, 'POST', '[1]', asJson), error(503, 'ServiceUnavailableException', 'full'));
    core.failure = new Refusal('late', 'late');
    assert.deepEqual(await ask(to, 'POST', '[1]', asJson), error(503, 'ServiceUnavailableException', 'late'));
    core.failure = new ThinferError('engine-failed', 'broken');
    assert.deepEqual(await ask(to, 'POST', '[1]', asJson), error(500, 'InternalServerException', 'broken'));
    for (const [body, words] of [
      ['', 'no body'],
      ['{', 'JSON'],
      ['[1, "x"]', 'no float32'],
      ['[[1], [2, 3]]', 'different lengths'],
      ['[[[1]]]', 'came'],
      ['[]', 'no items'],
      ['3', 'neither'],
      ['{"y": 1}', 'does not know y'],
      ['"text"', 'takes no text'],
      [`${'['.repeat(500)}1`, 'nested deeper'],
      [`${'{"data": '.repeat(80)}1`, 'nested deeper'],
    ] as const) {
      const [status, answer] = await ask(to, 'POST', body, asJson);
      const { type, message } = answer as { type: string; message: string };
      assert.deepEqual([status, type], [400, 'BadRequestException'], body);
      assert.ok(message.includes(words), `${body}: ${message}`);
    }
    const [status, answer] = await ask(to, 'POST', 'x', { 'content-type': 'application/xml' });
    assert.equal(status, 400);
    assert.match((answer as { message: string }).message, /application\/xml is not known/);
    assert.equal((await ask(to, 'POST', picture, { 'content-type': 'image/jpeg' }))[0], 400);
  }));

test('forms that are none are refused', () =>
  withEcho(async ({ url }) => {
    const to = `${url}/predictions/id_FP32`;
    const form = (body: string, type = 'multipart/form-data; boundary=b'): Promise<[number, unknown]> =>
      ask(to, 'POST', body, { 'content-type': type });
    const part = '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n[1]\r\n';
    assert.deepEqual(await form(`${part}--b--\r\n`), [200, [1]]);
    for (const body of [
      part,
      '',
      'nothing',
      '--b--\r\n',
      `--b\r\nContent-Disposition: form-data; name="y"\r\n\r\n1\r\n--b--\r\n`,
    ])
      assert.equal((await form(body))[0], 400, body);
    assert.equal((await form(`${part}--b--`, 'multipart/form-data'))[0], 400);
    const [status, answer] = await form(`${part.repeat(1100)}--b--\r\n`);
    assert.equal(status, 413, JSON.stringify(answer));
  }));

test('a client that leaves is noticed', () =>
  withEcho(async ({ url, core }) => {
    core.hold();
    const leaving = new AbortController();
    const asked = fetch(`${url}/predictions/id_FP32`, {
      method: 'POST',
      body: '[1]',
      signal: leaving.signal,
    });
    while (core.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await assert.rejects(asked);
    while (core.cancelled === 0) await new Promise((resolve) => setImmediate(resolve));
  }));

test('models are listed in pages and described', () =>
  withEcho(async ({ url }) => {
    const list = async (
      query: string,
    ): Promise<{ nextPageToken?: string; models: { modelName: string }[] }> =>
      (await ask(`${url}/models${query}`, 'GET', undefined, manage))[1] as never;
    const all = await list('');
    assert.equal(all.models.length, 11);
    assert.equal(all.nextPageToken, undefined);
    const first = await list('?limit=4');
    const next = await list(`?limit=7&next_page_token=${first.nextPageToken}`);
    assert.deepEqual([...first.models, ...next.models], all.models);
    assert.equal(next.nextPageToken, undefined);
    assert.deepEqual((await list('?limit=4&next_page_token=500')).models, []);
    const [, described] = await ask(`${url}/models/id_FP32`, 'GET', undefined, manage);
    assert.deepEqual(described, [
      {
        modelName: 'id_FP32', modelVersion: '1', modelUrl: 'id_FP32', engine: 'null', runtime: 'null', minWorkers: 1, maxWorkers: 2,
        batchSize: 8, maxBatchDelay: 0, loadedAtStartup: true, workers: [],
        jobQueueStatus: { remainingCapacity: 100, pendingRequests: 0 },
      }, // biome-ignore format: a table
    ]);
    for (const version of ['1', 'all'])
      assert.deepEqual(
        (await ask(`${url}/models/id_FP32/${version}`, 'GET', undefined, manage))[1],
        described,
      );
    assert.equal((await ask(`${url}/models/id_FP32/2`, 'GET', undefined, manage))[0], 404);
    assert.equal((await ask(`${url}/models`))[0], 401, 'without a token');
  }));

test('management calls reach the manager, checked', () =>
  withEcho(async ({ url, manager, failed }) => {
    const send = (method: string, path: string, body?: string): Promise<[number, unknown]> =>
      ask(`${url}/models${path}`, method, body, { ...manage, ...(body === undefined ? {} : asJson) });
    const processing = [202, { status: 'Processing worker updates...' }];
    assert.deepEqual(await send('POST', '?url=resnet50&model_name=r&batch_size=8'), [
      200,
      { status: 'Model "resnet50" Version: 1 registered with 2 initial workers' },
    ]);
    assert.deepEqual(
      await send('POST', '', '{"url": "resnet50", "initial_workers": 2, "synchronous": true}'),
      [200, { status: 'Model "resnet50" Version: 1 registered with 2 initial workers' }],
    );
    assert.deepEqual(await send('POST', '?url=resnet50&initial_workers=1'), processing);
    assert.deepEqual(await send('PUT', '/id_FP32?min_worker=3&synchronous=true&timeout=2'), [
      200,
      { status: 'Workers scaled to 3 for model: id_FP32' },
    ]);
    assert.deepEqual(await send('PUT', '/id_FP32/1?min_worker=2&max_worker=4'), processing);
    assert.deepEqual(await send('PUT', '/id_FP32/1/set-default'), [
      200,
      { status: 'Default version successfully updated for model "id_FP32" to "1"' },
    ]);
    assert.deepEqual(await send('DELETE', '/id_FP32/1'), [200, { status: 'Model "id_FP32" unregistered' }]);
    assert.deepEqual(manager.told, [
      ['register', { known: 'resnet50', name: 'r', workers: null, batchSize: 8 }],
      ['register', { known: 'resnet50', name: null, workers: 2, batchSize: null }],
      ['register', { known: 'resnet50', name: null, workers: 1, batchSize: null }],
      ['scale', 'id_FP32', undefined, { minWorkers: 3, maxWorkers: 3, drainMs: 2000 }],
      ['scale', 'id_FP32', '1', { minWorkers: 2, maxWorkers: 4, drainMs: null }],
      ['setDefault', 'id_FP32', '1'],
      ['unregister', 'id_FP32', '1'],
    ]);
    manager.told.length = 0;
    for (const [method, path, status] of [
      ['POST', '', 400],
      ['POST', '?url=http://evil/x.mar', 404],
      ['POST', '?url=../../etc/passwd', 404],
      ['POST', '?url=/etc/passwd', 404],
      ['POST', '?url=r&initial_workers=x', 400],
      ['PUT', '/id_FP32?min_worker=2&max_worker=1', 400],
      ['PUT', '/id_FP32?min_worker=-1', 400],
      ['PUT', '/none', 404],
      ['DELETE', '/none', 404],
      ['PUT', '/id_FP32/9/set-default', 404],
    ] as const)
      assert.equal((await send(method, path))[0], status, `${method} ${path}`);
    assert.deepEqual(manager.told, []);
    manager.failure = new ThinferError('busy', 'another change is under way');
    assert.deepEqual(
      await send('DELETE', '/id_FP32'),
      error(409, 'ConflictStatusException', 'another change is under way'),
    );
    manager.failure = new ThinferError('not-found', 'x');
    assert.deepEqual(
      await send('POST', '?url=nothing'),
      error(404, 'ModelNotFoundException', 'Model not found: nothing'),
    );
    manager.failure = new ThinferError('machine', 'no cores');
    assert.deepEqual(await send('PUT', '/id_FP32?min_worker=3'), processing);
    assert.deepEqual(failed, ['scaling id_FP32: no cores']);
  }));

test('the API describes itself', () =>
  withEcho(async ({ url }) => {
    const [status, document] = await ask(`${url}/api-description`);
    const { openapi, paths } = document as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    assert.deepEqual([status, openapi], [200, '3.0.1']);
    assert.equal(paths['/predictions/{model}']!['post']!.operationId, 'predictions');
    assert.ok(paths['/v1/models/{model}:predict']!['post']);
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(ids.filter((id) => id !== 'apiDescription')).size, ids.length - 2);
    assert.deepEqual((await ask(url, 'OPTIONS'))[1], document);
  }));

test('requests and answers are counted', () =>
  withEcho(async ({ url, counted }) => {
    await ask(`${url}/predictions/id_FP32`, 'POST', '[1]', asJson);
    await ask(`${url}/predictions/id_FP32/1`, 'POST', '[', asJson);
    assert.deepEqual(counted, [
      ['requested', 'id_FP32', 'default'],
      ['answered', 'id_FP32', 'default', true],
      ['requested', 'id_FP32', '1'],
    ]);
  }));

async function withTiny(body: (served: Served) => Promise<void>): Promise<void> {
  const model = await openTiny();
  await serveModel(model, {}, async (served) => {
    const core = new ModelServer('0');
    core.add(served);
    core.state = 'ready';
    await serve(core, async (given) => {
      const { name, version, inputs } = served;
      await given.preprocessor.declare({ name, version, inputs, zooName: 'tiny', file: model.file });
      await body(given);
    });
  });
}

processTest('pictures in, the five likeliest classes out, however they are sent', async () => {
  await withTiny(async ({ url }) => {
    const to = `${url}/predictions/tiny`;
    const send = async (body: Body, headers: Record<string, string> = {}): Promise<unknown> => {
      const [status, answer] = await ask(to, 'POST', body, headers);
      assert.equal(status, 200, JSON.stringify(answer));
      return answer;
    };
    const first = await send(picture, { 'content-type': 'image/jpeg' });
    const shares = Object.values(first as Record<string, number>);
    assert.equal(shares.length, 5);
    assert.ok(shares.every((share) => share > 0 && share < 1));
    const text = await (await fetch(to, { method: 'PUT', body: picture })).text();
    const inOrder = [...text.matchAll(/": ([\d.e-]+)/g)].map((match) => Number(match[1]));
    assert.deepEqual(
      inOrder,
      [...inOrder].sort((a, b) => b - a),
      'the likeliest is first in the text',
    );
    assert.deepEqual(JSON.parse(text), first, 'without a type');
    const base64 = picture.toString('base64');
    assert.deepEqual(await send(JSON.stringify({ data: base64 }), asJson), first);
    assert.deepEqual(await send(JSON.stringify({ instances: [{ b64: base64 }] }), asJson), [first]);
    const form = new FormData();
    form.append('data', new Blob([picture]), 'wide.jpg');
    assert.deepEqual(await send(form), first);
    form.append('data', new Blob([second], { type: 'image/png' }), 'tall.png');
    const both = (await send(form)) as unknown[];
    assert.equal(both.length, 2);
    assert.notDeepEqual(both[1], first);
    const v1 = await ask(
      `${url}/v1/models/tiny:predict`,
      'POST',
      JSON.stringify({ instances: [{ data: base64 }] }),
    );
    assert.deepEqual(v1, [200, { predictions: [first] }]);
    assert.equal((await ask(to, 'POST', picture.subarray(0, 900), { 'content-type': 'image/jpeg' }))[0], 400);
    assert.equal((await ask(to, 'POST', '{"data": "no base64!"}', asJson))[0], 400);
  });
});

processTest('raw tensors of several items, and instances as workers', async () => {
  await withTiny(async ({ url }) => {
    const items = new Float32Array(3 * 8 * 8 * 2).map((_, at) => Math.sin(at));
    const body = new Uint8Array(items.buffer);
    const headers = { 'content-type': 'application/octet-stream', accept: 'application/octet-stream' };
    const response = await fetch(`${url}/predictions/tiny`, { method: 'POST', body, headers });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-thinfer-shape'), '2x10');
    const scores = new Float32Array(await response.arrayBuffer());
    const [, classes] = await ask(`${url}/predictions/tiny`, 'POST', body, {
      'content-type': 'application/octet-stream',
    });
    for (const [item, given] of (classes as Record<string, number>[]).entries()) {
      const own = scores.subarray(item * 10, item * 10 + 10);
      const sum = own.reduce((total, score) => total + Math.exp(score), 0);
      for (const [index, share] of Object.entries(given))
        assert.ok(Math.abs(share - Math.exp(own[Number(index)]!) / sum) < 1e-6);
    }
    const [status] = await ask(`${url}/predictions/tiny`, 'POST', body.subarray(4), {
      'content-type': 'application/octet-stream',
    });
    assert.equal(status, 400);
    const [, described] = await ask(`${url}/models/tiny`, 'GET', undefined, manage);
    const { workers, batchSize } = (
      described as { workers: Record<string, unknown>[]; batchSize: number }[]
    )[0]!;
    assert.equal(batchSize, 4);
    assert.deepEqual(
      workers.map(({ id, status: state, gpu }) => [id, state, gpu]),
      [
        ['9000', 'READY', false],
        ['9001', 'READY', false],
      ],
    );
    const now = Date.now();
    for (const { memoryUsage, startTime, pid } of workers) {
      assert.ok((memoryUsage as number) > 2 ** 20);
      assert.ok((pid as number) > 1);
      const started = Date.parse(startTime as string);
      assert.ok(started <= now + 2000 && started > now - 600_000, String(startTime));
    }
  });
});
