/**
 * `thinfer load` against small servers that speak the protocols for real, on real ports, in this process: one answers with its inputs,
 * and each model's name says what else it does.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelMetadataRequestSchema,
  ModelMetadataResponseSchema,
} from '../src/serve/generated/grpc_service_pb.ts';
import { type Ended, startThinfer, thinfer } from './support/command.ts';
import { processTest, type Scratch, until } from './support/process-test.ts';
import { startServe } from './support/serve.ts';

interface Document {
  readonly sent: number;
  readonly interrupted: boolean;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly refusedWithRetryAfter: number;
  readonly errors: readonly { readonly kind: string; readonly count: number; readonly example: string }[];
  readonly wrongAnswers: readonly { readonly input: number; readonly difference: string }[];
  readonly latencyMs: Readonly<Record<string, number>> | null;
  readonly generator: { readonly slipMs: object | null };
  readonly perSecond: readonly { readonly sent: number }[];
  readonly thresholds: readonly { readonly text: string; readonly failed: boolean }[];
  readonly notes: readonly string[];
  readonly itemsPerSecond: number;
  readonly answersPerSecond: number;
}

const stallMs = 1000;
let requests = 0;
let stalledUntil = 0;
let seen: Record<string, unknown> = {};

const tensors = (name: string): object[] => [
  { name: 'x', datatype: name === 'tokens' ? 'INT64' : 'FP32', shape: [-1, 4] },
];

async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, , , name = '', action] = (request.url ?? '').split('/');
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  if (name === 'secret' && request.headers.authorization !== 'Bearer open-sesame')
    return void response.writeHead(401).end('{"error":"no token"}');
  if (request.url?.startsWith('/predictions/') === true)
    return void response.end(JSON.stringify([body.length, Number(body.subarray(0, 3)) + 1e-9 * requests++]));
  if (name === 'nowhere') return void response.writeHead(404).end(`{"error":"unknown model 'nowhere'"}`);
  if (action === undefined) {
    const metadata = {
      name,
      versions: ['1'],
      platform: 'test',
      inputs: tensors(name),
      outputs: tensors(name),
    };
    return void response.end(JSON.stringify(metadata));
  }
  await infer(name, request, body, response);
}

async function infer(
  name: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  requests++;
  const length = Number(request.headers['inference-header-content-length'] ?? body.length);
  const header = JSON.parse(body.toString('utf8', 0, length)) as Record<string, unknown>;
  seen = header;
  const [input] = header['inputs'] as { datatype: string; shape: number[]; data?: number[] }[];
  if (name === 'busy' && requests % 2 === 0)
    return void response.writeHead(503, { 'Retry-After': '1' }).end('{"error":"queue is full"}');
  if (name === 'broken') return void response.writeHead(500).end('{"error":"out of\\norder"}');
  if (name === 'silent') return;
  if (name === 'stalls' && requests === 60) stalledUntil = performance.now() + stallMs;
  const left = stalledUntil - performance.now();
  if (left > 0) await new Promise((settle) => setTimeout(settle, left));
  // Nine in ten are right: the references are among them.
  const data = Buffer.from(body.subarray(length));
  if (name === 'wrong' && requests > 20 && requests % 10 === 0) data.writeFloatLE(1e9, 4);
  if (input?.data !== undefined) {
    const outputs = [{ name: 'y', datatype: input.datatype, shape: input.shape, data: input.data }];
    return void response.end(JSON.stringify({ model_name: name, outputs, id: String(requests) }));
  }
  const parameters = { binary_data_size: data.length };
  const outputs = [{ name: 'y', datatype: input!.datatype, shape: input!.shape, parameters }];
  const json = Buffer.from(JSON.stringify({ model_name: name, id: String(requests), outputs }));
  response.setHeader('Inference-Header-Content-Length', json.length);
  response.write(json);
  response.end(data);
}

const server = createServer((request, response) => {
  onRequest(request, response).catch(() => response.destroy());
});
let url = '';
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const quick = ['--warmup', '200ms', '--inputs', '2'];

async function load(
  scratch: Scratch,
  words: readonly string[],
  target = url,
): Promise<Ended & { document: Document }> {
  requests = 0;
  const ended = await thinfer(scratch, ['load', target, ...quick, ...words, '--json', '--quiet']);
  return {
    ...ended,
    document: ended.stdout === '' ? ({} as Document) : (JSON.parse(ended.stdout) as Document),
  };
}

processTest('an open loop sends its schedule, the same for the same seed', async (scratch) => {
  const words = '--model echo --rate 200 --duration 1s --out run.csv --out run.hdr'.split(' ');
  const first = await load(scratch, words);
  assert.equal(first.status, 0, first.stderr);
  const { document } = first;
  assert.equal(document.outcomes['ok'], document.sent);
  assert.ok(document.sent > 130 && document.sent < 270, `${document.sent}`);
  assert.notEqual(document.generator.slipMs, null);
  assert.equal(
    document.perSecond.reduce((sum, second) => sum + second.sent, 0),
    document.sent,
  );
  const dues = (): string[] =>
    readFileSync(join(scratch.folder, 'run.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]!);
  const due = dues();
  assert.equal(due.length, document.sent);
  assert.match(readFileSync(join(scratch.folder, 'run.hdr'), 'utf8'), /HISTFAA/);
  await load(scratch, words);
  assert.deepEqual(dues(), due);
  await load(scratch, [...words, '--seed', '2']);
  assert.notDeepEqual(dues(), due);
});

processTest(
  'a server that stalls meets all that was due meanwhile, and each waits from when it was due',
  async (scratch) => {
    const { document } = await load(
      scratch,
      '--model stalls --rate 100 --arrivals constant --duration 3s'.split(' '),
    );
    assert.equal(document.sent, 300);
    assert.equal(document.outcomes['ok'], 300);
    // 100 requests fall into the stall, spread evenly over it: a third of all wait up to 1 s. A generator that waited for answers
    // would have had one or two.
    assert.ok(document.latencyMs!['p99']! > stallMs * 0.8, JSON.stringify(document.latencyMs));
    assert.ok(document.latencyMs!['p90']! > stallMs * 0.5, JSON.stringify(document.latencyMs));
  },
);

processTest(
  'a closed loop sends exactly as many requests as asked for, and says what it is',
  async (scratch) => {
    const words = '--model echo --concurrency 3 --requests 50 --items 1,4 --json-body --verify'.split(' ');
    const { status: code, document, stderr } = await load(scratch, words);
    assert.equal(code, 0, stderr);
    assert.equal(document.sent, 50);
    assert.equal(document.generator.slipMs, null);
    assert.ok(document.itemsPerSecond > document.answersPerSecond);
    assert.ok(document.notes.some((note) => note.includes('closed loop')));
  },
);

processTest('wrong answers are counted and named, and fail a threshold', async (scratch) => {
  const words = '--model wrong --concurrency 1 --requests 100 --verify --warmup 0'.split(' ');
  const { status: code, document } = await load(scratch, [
    ...words,
    '--fail-if',
    'wrong>0',
    '--fail-if',
    'p99>1000s',
  ]);
  assert.equal(code, 1);
  assert.ok(document.outcomes['wrong']! >= 8 && document.outcomes['wrong']! <= 10);
  assert.match(document.wrongAnswers[0]!.difference, /"y"\[1\] is 1000000000 instead of/);
  assert.deepEqual(
    document.thresholds.map(({ failed }) => failed),
    [true, false],
  );
});

processTest('refusals, failures, time-outs and late answers are counted apart', async (scratch) => {
  const busy = await load(scratch, '--model busy --rate 100 --requests 40 --warmup 0'.split(' '));
  assert.equal(busy.status, 0);
  assert.deepEqual([busy.document.outcomes['ok'], busy.document.outcomes['refused']], [20, 20]);
  assert.equal(busy.document.refusedWithRetryAfter, 20);
  assert.equal(busy.document.errors[0]!.kind, 'HTTP 503');

  const broken = await load(scratch, '--model broken --concurrency 1 --requests 5 --warmup 0'.split(' '));
  assert.equal(broken.status, 4);
  assert.equal(broken.document.outcomes['failed'], 5);
  assert.equal(broken.document.errors[0]!.example, 'out of order');
  assert.equal(broken.document.latencyMs, null);

  const silent = await load(
    scratch,
    '--model silent --concurrency 2 --requests 4 --timeout 100ms --warmup 0'.split(' '),
  );
  assert.equal(silent.status, 4);
  assert.equal(silent.document.outcomes['timedOut'], 4);

  const late = await load(
    scratch,
    '--model stalls --rate 50 --requests 100 --deadline 200ms --warmup 0'.split(' '),
  );
  assert.ok(late.document.outcomes['late']! > 10, JSON.stringify(late.document.outcomes));
  assert.deepEqual(seen['parameters'], { binary_data_output: true, timeout: 200_000 });
});

processTest('a token comes from the environment or a file, and is needed', async (scratch) => {
  const words = '--model secret --concurrency 1 --requests 2'.split(' ');
  const without = await load(scratch, words);
  assert.equal(without.status, 4);
  assert.match(without.stderr, /\[denied\].*no token/);
  writeFileSync(join(scratch.folder, 'token'), 'open-sesame\n');
  assert.equal((await load(scratch, [...words, '--token', 'token'])).status, 0);
  const missing = await load(scratch, [...words, '--token', 'elsewhere']);
  assert.equal(missing.status, 2);
});

processTest('what is wrong is said before anything is sent', async (scratch) => {
  const usage = await load(
    scratch,
    '--model echo --rate 0 --fail-if p98>1ms --items 0 --out x.txt'.split(' '),
  );
  assert.equal(usage.status, 2);
  for (const flag of ['--rate', '--fail-if', '--items', '--out'])
    assert.ok(usage.stderr.includes(`${flag}: `), usage.stderr);
  const neither = await load(scratch, ['--model', 'echo']);
  assert.match(neither.stderr, /--rate: give either --rate/);
  assert.equal((await load(scratch, ['--model', 'echo', '--rate', '1'], 'ftp://x')).status, 2);
  const nowhere = await load(scratch, ['--model', 'nowhere', '--rate', '1']);
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.stderr, /\[not-found\].*unknown model/);
  const gone = await load(scratch, ['--model', 'echo', '--rate', '1'], 'http://127.0.0.1:1');
  assert.equal(gone.status, 4);
  assert.match(gone.stderr, /\[unavailable\].*ECONNREFUSED/);
});

processTest('an interrupt ends the sending and prints what was measured', async (scratch) => {
  requests = 0;
  const running = startThinfer(scratch, [
    'load',
    url,
    ...quick,
    '--model',
    'echo',
    '--rate',
    '100',
    '--duration',
    '1h',
    '--json',
  ]);
  await until('requests', () => requests > 60);
  running.process.kill('SIGINT');
  const { status: code, stdout } = await running.ended;
  assert.equal(code, 130);
  const document = JSON.parse(stdout) as Document;
  assert.equal(document.interrupted, true);
  assert.ok(document.outcomes['ok']! > 10);
});

processTest('a server that speaks no HTTP, or hangs up, is no crash', async (scratch) => {
  let answer = 'SSH-2.0-nothing\r\n';
  const strange = createSocketServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(answer));
  });
  strange.listen(0, '127.0.0.1');
  await once(strange, 'listening');
  try {
    const target = `http://127.0.0.1:${(strange.address() as AddressInfo).port}`;
    for (answer of [
      'SSH-2.0-nothing\r\n',
      '',
      `HTTP/1.1 200 OK\r\n${'x'.repeat(100_000)}`,
      'HTTP/1.1 200 OK\r\n\r\n[1, 2',
    ]) {
      const { status: code, stderr } = await load(scratch, ['--model', 'echo', '--rate', '1'], target);
      assert.ok(code === 4 || code === 2, `${code} ${stderr}`);
      assert.match(stderr, /\[unavailable\]|\[request-invalid\]/);
    }
    writeFileSync(join(scratch.folder, 'body.json'), '[1]');
    const words = '--protocol torchserve --model m --body body.json --concurrency 2 --requests 6'.split(' ');
    answer = 'nothing';
    const { status: code, document } = await load(scratch, [...words, '--warmup', '0'], target);
    assert.equal(code, 4);
    assert.equal(document.outcomes['lost'], 6);
  } finally {
    strange.close();
  }
});

processTest(
  "TorchServe's predictions are driven with bodies from files, and verified within the tolerance",
  async (scratch) => {
    writeFileSync(join(scratch.folder, 'a.json'), '1.5');
    writeFileSync(join(scratch.folder, 'b.json'), '2.5');
    const words = '--protocol torchserve --model m --body a.json --body b.json --verify'.split(' ');
    const {
      status: code,
      document,
      stderr,
    } = await load(scratch, [...words, '--concurrency', '2', '--requests', '30']);
    assert.equal(code, 0, stderr);
    assert.equal(document.outcomes['ok'], 30);
  },
);

processTest('gRPC is driven and its statuses are told apart', async (scratch) => {
  const grpc = await startGrpc();
  try {
    const target = `grpc://127.0.0.1:${grpc.port}`;
    const words = '--protocol oip-grpc --requests 40 --warmup 0'.split(' ');
    const good = await load(
      scratch,
      [...words, '--model', 'echo', '--rate', '100', '--verify', '--items', '2'],
      target,
    );
    assert.equal(good.status, 0, good.stderr);
    assert.equal(good.document.outcomes['ok'], 40);
    const full = await load(scratch, [...words, '--model', 'full', '--concurrency', '2'], target);
    assert.equal(full.document.outcomes['refused'], 40);
    assert.deepEqual([full.status, full.document.errors[0]!.kind], [4, 'gRPC UNAVAILABLE']);
    const nowhere = await load(scratch, [...words, '--model', 'nowhere', '--concurrency', '2'], target);
    assert.deepEqual([nowhere.status, nowhere.stdout], [2, '']);
    const gone = await load(
      scratch,
      [...words, '--model', 'echo', '--concurrency', '2'],
      'grpc://127.0.0.1:1',
    );
    assert.equal(gone.status, 4);
  } finally {
    grpc.server.forceShutdown();
  }
});

processTest('thinfer serve is driven in both forms of the Open Inference Protocol', async (scratch) => {
  const ready = await startServe(scratch, ['tiny', '--engine', 'null:delay=1', '--config', '2x1x4']);
  try {
    const words = '--model tiny --items 1,2,4 --verify --model-file tiny'.split(' ');
    for (const way of [[], ['--json-body']]) {
      const rest = await load(scratch, [...words, ...way, '--rate', '100', '--requests', '60'], ready.http);
      assert.equal(rest.status, 0, rest.stderr);
      assert.deepEqual([rest.document.outcomes['ok'], rest.document.errors], [60, []]);
    }
    const protocol = ['--protocol', 'oip-grpc', '--concurrency', '3', '--requests', '60'];
    const grpc = await load(scratch, [...words, ...protocol], ready.grpc);
    assert.equal(grpc.status, 0, grpc.stderr);
    assert.deepEqual([grpc.document.outcomes['ok'], grpc.document.errors], [60, []]);
  } finally {
    await ready.stop();
  }
});

async function startGrpc(): Promise<{ server: Server; port: number }> {
  const grpc = new Server();
  const same = (bytes: Buffer): Buffer => bytes;
  const unary = (name: string) => ({
    path: `/inference.GRPCInferenceService/${name}`,
    requestStream: false as const,
    responseStream: false as const,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  type Call = ServerUnaryCall<Buffer, Buffer>;
  grpc.addService(
    { ModelMetadata: unary('ModelMetadata'), ModelInfer: unary('ModelInfer') },
    {
      ModelMetadata: ({ request }: Call, done: sendUnaryData<Buffer>) => {
        const { name } = fromBinary(ModelMetadataRequestSchema, request);
        if (name === 'nowhere') return done({ code: status.NOT_FOUND, details: 'unknown model' });
        const tensor = { name: 'x', datatype: 'FP32', shape: [-1n, 4n] };
        const answer = create(ModelMetadataResponseSchema, { name, inputs: [tensor], outputs: [tensor] });
        done(null, Buffer.from(toBinary(ModelMetadataResponseSchema, answer)));
      },
      ModelInfer: ({ request }: Call, done: sendUnaryData<Buffer>) => {
        const { modelName, inputs, rawInputContents } = fromBinary(ModelInferRequestSchema, request);
        if (modelName === 'full')
          return done({ code: status.UNAVAILABLE, details: 'Exceeds maximum queue size' });
        const outputs = inputs.map(({ datatype, shape }) => ({ name: 'y', datatype, shape }));
        const answer = create(ModelInferResponseSchema, {
          modelName,
          outputs,
          rawOutputContents: rawInputContents,
        });
        done(null, Buffer.from(toBinary(ModelInferResponseSchema, answer)));
      },
    },
  );
  const port = await new Promise<number>((settle, reject) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? settle(bound) : reject(error),
    );
  });
  return { server: grpc, port };
}
