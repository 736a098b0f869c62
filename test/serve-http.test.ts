import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ThinferError } from '../src/errors.ts';
import {
  type Answered,
  HttpListener,
  type HttpListenerOptions,
  inferenceClasses,
  managementClasses,
  oipRoutes,
  RouteTable,
} from '../src/serve/http/index.ts';
import { Refusal } from '../src/serve/refusal.ts';
import { EchoCore } from './support/echo-core.ts';

interface Opened {
  readonly core: EchoCore;
  readonly listener: HttpListener;
  readonly answered: Answered[];
  readonly url: string;
}

async function open(t: TestContext, options: Partial<HttpListenerOptions> = {}): Promise<Opened> {
  const core = new EchoCore();
  const answered: Answered[] = [];
  const listener = await HttpListener.open({
    core,
    routes: new RouteTable(oipRoutes()),
    classes: inferenceClasses,
    port: 0,
    onAnswered: (one) => answered.push(one),
    ...options,
  });
  t.after(() => listener.close(0));
  return { core, listener, answered, url: listener.url };
}

const inferPath = '/v2/models/id_FP32/infer';
const jsonBody = JSON.stringify({
  id: 'mine',
  inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2.5] }],
});
const post = (
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(url, { method: 'POST', body: body as string, headers });

/** A binary request of `count` floats, and the length of its JSON. */
function binaryBody(count: number): { body: Buffer; jsonLength: number; raw: Buffer } {
  const raw = Buffer.from(Float32Array.from({ length: count }, (_, index) => index).buffer);
  const json = JSON.stringify({
    parameters: { binary_data_output: true },
    inputs: [
      { name: 'x', shape: [1, count], datatype: 'FP32', parameters: { binary_data_size: raw.length } },
    ],
  });
  return { body: Buffer.concat([Buffer.from(json), raw]), jsonLength: json.length, raw };
}

/** Sends text over a plain socket and gives back all that comes until it is closed. */
function talk(port: number, text: string, then?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    then?.(socket);
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('JSON in, JSON out', async (t) => {
  const { core, url } = await open(t);
  const response = await post(url + inferPath, jsonBody, { 'x-request-id': 'r-1' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('x-request-id'), 'r-1');
  assert.equal(
    await response.text(),
    '{"id":"mine","model_name":"id_FP32","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[1.0,2.5]}]}',
  );
  assert.equal(core.requests[0]?.id, 'r-1', 'the request’s id, not the message’s');
  await until(() => core.released === 1);
});

test('binary in, binary out, larger than a socket takes at once', async (t) => {
  const { core, url } = await open(t);
  const { body, jsonLength, raw } = binaryBody(1_000_000);
  const response = await post(url + inferPath, body, {
    'Inference-Header-Content-Length': String(jsonLength),
    'Accept-Encoding': 'identity',
  });
  assert.equal(response.status, 200);
  const bytes = Buffer.from(await response.arrayBuffer());
  const json = bytes.subarray(0, Number(response.headers.get('inference-header-content-length')));
  assert.deepEqual(JSON.parse(json.toString()).outputs[0].parameters, { binary_data_size: raw.length });
  assert.ok(bytes.subarray(json.length).equals(raw));
  await until(() => core.released === 1);
});

test('a raw body is the one input', async (t) => {
  const { url } = await open(t);
  const raw = Buffer.from(Float32Array.of(1, 2, 3).buffer);
  const response = await post(url + inferPath, raw, { 'Inference-Header-Content-Length': '0' });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.ok(bytes.subarray(-raw.length).equals(raw));
});

test('64-bit integers keep all digits', async (t) => {
  const { url } = await open(t);
  const data = '[9007199254740993,-9223372036854775808]';
  const body = `{"inputs":[{"name":"x","shape":[1,2],"datatype":"INT64","data":${data}}]}`;
  const response = await post(`${url}/v2/models/id_INT64/infer`, body);
  assert.ok((await response.text()).includes(data));
  const beyond = await post(`${url}/v2/models/id_INT64/infer`, body.replace('9007199254740993', '1e19'));
  assert.equal(beyond.status, 400);
});

test('compressed both ways', async (t) => {
  const { url, core } = await open(t);
  for (const coding of ['gzip', 'deflate']) {
    const response = await post(url + inferPath, gzipSync(jsonBody), {
      'Content-Encoding': 'gzip',
      'Accept-Encoding': coding,
    });
    assert.equal(response.headers.get('content-encoding'), coding);
    assert.deepEqual(
      ((await response.json()) as { outputs: { data: number[] }[] }).outputs[0]?.data,
      [1, 2.5],
    );
  }
  await until(() => core.released === 2);
});

test('paths and methods that are not there', async (t) => {
  const { url } = await open(t);
  const nowhere = await fetch(`${url}/v2/nope`);
  assert.equal(nowhere.status, 404);
  assert.deepEqual(await nowhere.json(), { error: 'Not Found' });
  const wrong = await fetch(url + inferPath);
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'POST');
  const head = await fetch(`${url}/v2`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  assert.ok(Number(head.headers.get('content-length')) > 0);
});

test('errors of the core come with their status and when to try again', async (t) => {
  const { url, core } = await open(t);
  core.failure = new Refusal('overloaded', 'too many wait', { expectedMs: 1500 });
  const full = await post(url + inferPath, jsonBody);
  assert.equal(full.status, 503);
  assert.equal(full.headers.get('retry-after'), '2');
  assert.equal(full.headers.get('x-thinfer-expected-ms'), '1500');
  core.failure = new Refusal('late', 'too late');
  assert.equal((await post(url + inferPath, jsonBody)).status, 504);
  core.failure = new ThinferError('bug', 'secret at /home/me');
  const bug = await post(url + inferPath, jsonBody);
  assert.equal(bug.status, 500);
  assert.deepEqual(await bug.json(), { error: 'internal error' });
});

test('deadlines come from the header and the parameters', async (t) => {
  const { url, core } = await open(t);
  await post(url + inferPath, jsonBody, { 'x-thinfer-deadline-ms': '50' });
  assert.notEqual(core.requests[0]?.deadlineMs, null);
  assert.equal((await post(url + inferPath, jsonBody, { 'x-thinfer-deadline-ms': 'soon' })).status, 400);
});

test('a client that leaves cancels its request', async (t) => {
  const { url, core, answered } = await open(t);
  core.hold();
  const leaving = new AbortController();
  const gone = assert.rejects(
    fetch(url + inferPath, { method: 'POST', body: jsonBody, signal: leaving.signal }),
  );
  await until(() => core.requests.length === 1);
  leaving.abort();
  await gone;
  await until(() => core.cancelled === 1 && answered.length === 1);
  assert.equal(answered[0]?.status, 499);
  core.letGo();
  assert.equal(core.released, 0);
});

test('a client that leaves in the middle of its answer still has it released', async (t) => {
  const { listener, core } = await open(t, { limits: { responseTimeoutMs: 200 } });
  const { body, jsonLength } = binaryBody(8_000_000);
  const head = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\nInference-Header-Content-Length: ${jsonLength}\r\n\r\n`;
  // It does not read: the listener cuts it off.
  const socket = connect(listener.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(head);
  socket.write(body);
  await until(() => core.answered === 1 && core.released === 1);
});

test('an expectation that nobody knows', async (t) => {
  const { listener, core } = await open(t);
  const asked = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 200-ok\r\n\r\n{}`;
  assert.match(
    await talk(listener.port, asked),
    /^HTTP\/1.1 417 .*"error":"the only expectation.*100-continue"/is,
  );
  assert.equal(core.requests.length, 0);
});

test('bodies that are too large', async (t) => {
  const { listener, core } = await open(t, { limits: { bodyBytes: 1000, inflatedBytes: 1000 } });
  const start = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\n`;
  const announced = await talk(listener.port, `${start}Content-Length: 100000000000\r\n\r\nabc`);
  assert.match(announced, /^HTTP\/1.1 413 .*Connection: close.*larger than 1000 bytes/is);
  const expected = await talk(
    listener.port,
    `${start}Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n`,
  );
  assert.match(expected, /^HTTP\/1.1 413 /);
  const piece = `190\r\n${'a'.repeat(400)}\r\n`;
  const chunked = await talk(
    listener.port,
    `${start}Transfer-Encoding: chunked\r\n\r\n${piece}${piece}${piece}0\r\n\r\n`,
  );
  assert.match(chunked, /^HTTP\/1.1 413 /);
  const bomb = await post(listener.url + inferPath, gzipSync(Buffer.alloc(100_000)), {
    'Content-Encoding': 'gzip',
  });
  assert.equal(bomb.status, 413);
  assert.equal(core.requests.length, 0);
  assert.equal((await post(listener.url + inferPath, jsonBody)).status, 200);
});

test('bytes of all bodies together are bounded, and given back', async (t) => {
  const { listener, url } = await open(t, { limits: { heldBytes: 500 } });
  const start = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n`;
  let holder: Socket | undefined;
  const held = talk(listener.port, start + ' '.repeat(450), (socket) => {
    holder = socket;
  });
  await until(() => holder?.writableLength === 0);
  let status = 200;
  // The bytes arrive some time after they were sent.
  while (status === 200) status = (await post(url + inferPath, jsonBody)).status;
  assert.equal(status, 503);
  holder!.destroy();
  await held;
  while (status !== 200) status = (await post(url + inferPath, jsonBody)).status;
});

test('JSON is bounded in size and depth', async (t) => {
  const { url } = await open(t, { limits: { jsonBytes: 2000 } });
  assert.equal((await post(url + inferPath, `{"a":"${'a'.repeat(3000)}"}`)).status, 413);
  const deep = await post(url + inferPath, '['.repeat(1000));
  assert.equal(deep.status, 400);
  assert.match(await deep.text(), /nested deeper/);
});

test('what is not HTTP, or too much of it', async (t) => {
  const { listener } = await open(t, { limits: { headerBytes: 2000 } });
  assert.match(await talk(listener.port, 'hello\r\n\r\n'), /^HTTP\/1.1 400 .*\{"error":/s);
  const large = `GET /v2 HTTP/1.1\r\nHost: localhost\r\nx-a: ${'a'.repeat(5000)}\r\n\r\n`;
  assert.match(await talk(listener.port, large), /^HTTP\/1.1 431 /);
  const smuggling = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
  assert.match(await talk(listener.port, smuggling), /^HTTP\/1.1 400 /);
});

test('slow senders are cut off', async (t) => {
  const { listener } = await open(t, { limits: { headersTimeoutMs: 50, requestTimeoutMs: 100 } });
  assert.match(await talk(listener.port, 'GET /v2 HTTP/1.1\r\nHo'), /^HTTP\/1.1 408 /);
  // It comes back, so it was ended.
  await talk(listener.port, '');
  const body = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc`;
  assert.match(await talk(listener.port, body), /^HTTP\/1.1 408 |^$/);
});

test('connections are bounded', async (t) => {
  const { listener } = await open(t, { limits: { connections: 1 } });
  let first: Socket | undefined;
  const held = talk(listener.port, 'GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n', (socket) => {
    first = socket;
  });
  await until(() => (first?.bytesRead ?? 0) > 0);
  assert.equal(await talk(listener.port, 'GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n'), '');
  first!.destroy();
  await held;
});

test('pipelined requests are answered in order over one connection', async (t) => {
  const { listener } = await open(t);
  const one = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${jsonBody.length}\r\n\r\n${jsonBody}`;
  const last = 'GET /v2/models/nope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const received = await talk(listener.port, one + one + last);
  assert.deepEqual(
    [...received.matchAll(/HTTP\/1.1 (\d+)/g)].map((match) => match[1]),
    ['200', '200', '404'],
  );
});

test('a client that closes its half still gets its answer', async (t) => {
  const { listener } = await open(t);
  const one = `POST ${inferPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${jsonBody.length}\r\n\r\n${jsonBody}`;
  const received = await talk(listener.port, one, (socket) => socket.once('connect', () => socket.end()));
  assert.match(received, /^HTTP\/1.1 200 /);
});

test('tokens: inference where configured, management always', async (t) => {
  const routes = new RouteTable(oipRoutes());
  const tokens = { inference: ['infer'], management: ['manage'] };
  const { url } = await open(t, { routes, tokens });
  const management = await open(t, { routes, tokens, classes: managementClasses });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  assert.equal((await fetch(`${url}/v2/health/live`)).status, 200);
  assert.equal((await fetch(`${url}/openapi.json`)).status, 200);
  const without = await fetch(`${url}/v2`);
  assert.equal(without.status, 401);
  assert.match(without.headers.get('www-authenticate') ?? '', /^Bearer/);
  assert.equal((await fetch(`${url}/v2`, { headers: bearer('wrong') })).status, 403);
  assert.equal((await fetch(`${url}/v2`, { headers: { Authorization: 'Basic infer' } })).status, 401);
  assert.equal((await fetch(`${url}/v2`, { headers: bearer('infer') })).status, 200);
  assert.equal((await fetch(`${url}/v2`, { headers: bearer('manage') })).status, 200);
  const index = (base: string, headers: Record<string, string>) =>
    post(`${base}/v2/repository/index`, '', headers).then((response) => response.status);
  assert.equal(await index(url, bearer('manage')), 404);
  assert.equal(await index(management.url, {}), 401);
  assert.equal(await index(management.url, bearer('infer')), 403);
  assert.equal(await index(management.url, bearer('manage')), 200);
  assert.equal((await fetch(`${management.url}/v2`, { headers: bearer('manage') })).status, 404);
});

test('without a management token nobody manages', async (t) => {
  const { url } = await open(t, { classes: managementClasses });
  const headers = { Authorization: 'Bearer ' };
  assert.equal((await post(`${url}/v2/repository/index`, '', headers)).status, 403);
  assert.equal((await post(`${url}/v2/repository/index`, '', { Authorization: 'Bearer a' })).status, 403);
});

test('the repository is asked, with checked words', async (t) => {
  const calls: unknown[] = [];
  const repository = {
    index: () => [{ name: 'a', version: '1', state: 'READY' }, { name: 'b' }],
    load: async (name: string, parameters: unknown) => {
      calls.push(['load', name, parameters]);
    },
    unload: async (name: string) => {
      throw new ThinferError('not-found', `there is no model '${name}'`);
    },
    plan: () => {
      throw new ThinferError('not-found', 'not asked for here');
    },
    changePlan: async () => {
      throw new ThinferError('not-found', 'not asked for here');
    },
  };
  const { url } = await open(t, {
    routes: new RouteTable(oipRoutes({ repository })),
    classes: managementClasses,
    tokens: { management: ['m'] },
  });
  const command = (path: string, body: string) =>
    post(`${url}/v2/repository/${path}`, body, { Authorization: 'Bearer m' });
  assert.deepEqual(await (await command('index', '{"ready":true}')).json(), [
    { name: 'a', version: '1', state: 'READY' },
  ]);
  assert.equal((await command('models/a/load', '{"parameters":{"batch":4}}')).status, 200);
  assert.deepEqual(calls, [['load', 'a', { batch: 4 }]]);
  assert.equal((await command('models/a/load', '{"parameters":{"batch":{}}}')).status, 400);
  assert.equal((await command('models/a/load', '{bad')).status, 400);
  assert.equal((await command('models/zz/unload', '')).status, 404);
});

test('draining: no new inference, not ready, connections end', async (t) => {
  const { url, core } = await open(t);
  core.hold();
  const underWay = post(url + inferPath, jsonBody);
  await until(() => core.requests.length === 1);
  core.state = 'draining';
  const refused = await post(url + inferPath, jsonBody);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('connection'), 'close');
  assert.equal((await fetch(`${url}/v2/health/ready`)).status, 400);
  assert.equal((await fetch(`${url}/v2/health/live`)).status, 200);
  core.letGo();
  assert.equal((await underWay).status, 200);
});

test('closing waits for answers under way, and cuts off those that take too long', async (t) => {
  const waiting = await open(t);
  waiting.core.hold();
  const underWay = post(waiting.url + inferPath, jsonBody);
  await until(() => waiting.core.requests.length === 1);
  const closed = waiting.listener.close(60_000);
  waiting.core.letGo();
  assert.equal((await underWay).status, 200);
  await closed;
  const hanging = await open(t);
  hanging.core.hold();
  const lost = assert.rejects(post(hanging.url + inferPath, jsonBody));
  await until(() => hanging.core.requests.length === 1);
  await hanging.listener.close(10);
  await lost;
  await until(() => hanging.core.cancelled === 1);
});

test('over TLS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'thinfer-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = spawnSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out cert -days 1 -subj /CN=localhost'.split(
      ' ',
    ),
    { cwd: folder },
  );
  if (made.status !== 0) return t.skip('there is no openssl');
  const tls = { cert: readFileSync(join(folder, 'cert')), key: readFileSync(join(folder, 'key')) };
  const { listener, url } = await open(t, { tls });
  assert.match(url, /^https:/);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    httpsRequest(
      { port: listener.port, path: '/v2/health/live', rejectUnauthorized: false, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    )
      .on('error', reject)
      .end();
  });
  assert.equal(status, 200);
});

test('a port that is taken is named', async (t) => {
  const { listener } = await open(t);
  await assert.rejects(open(t, { port: listener.port }), { code: 'machine', message: /can't listen on/ });
});

test('what is answered is told, by route', async (t) => {
  const { url, answered } = await open(t);
  await fetch(`${url}/v2/models/id_FP32`);
  await fetch(`${url}/v2/no/such/path`);
  await until(() => answered.length === 2);
  assert.deepEqual(
    answered.map(({ method, path, protocol, status }) => [method, path, protocol, status]),
    [
      ['GET', '/v2/models/{model}', 'oip', 200],
      ['GET', null, null, 404],
    ],
  );
});

for (const [listener, classes] of [
  ['inference', inferenceClasses],
  ['management', managementClasses],
] as const) {
  test(`the document of the ${listener} listener describes its routes, and nothing else`, async (t) => {
    const { url } = await open(t, { classes });
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = oipRoutes().filter(
      ({ access, path }) => classes.includes(access) && path !== '/openapi.json',
    );
    assert.deepEqual(described.sort(), routes.map(({ method, path }) => `${method} ${path}`).sort());
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      assert.ok(text.includes(`"${name}":{`), `${name} is defined`);
  });
}

test('keep-alive: many requests over one connection', async (t) => {
  const { listener, core } = await open(t);
  const { body, jsonLength } = binaryBody(1000);
  const { Agent } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const ports = new Set<number | undefined>();
  for (let index = 0; index < 50; index++)
    await new Promise<void>((resolve, reject) => {
      httpRequest(
        {
          port: listener.port,
          path: inferPath,
          method: 'POST',
          agent,
          headers: { 'Inference-Header-Content-Length': jsonLength, 'Content-Length': body.length },
        },
        (response) => {
          ports.add(response.socket.localPort);
          response.resume().on('end', resolve);
        },
      )
        .on('error', reject)
        .end(body);
    });
  assert.equal(ports.size, 1);
  await until(() => core.released === 50);
});
