import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type CallOptions,
  Client,
  type ClientOptions,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { ThinferError } from '../src/errors.ts';
import * as pb from '../src/serve/generated/grpc_service_pb.ts';
import * as health from '../src/serve/generated/health_pb.ts';
import * as reflection from '../src/serve/generated/reflection_v1_pb.ts';
import { type GrpcOptions, GrpcServer } from '../src/serve/grpc/index.ts';
import { SharedMemory } from '../src/serve/oip/shared-memory.ts';
import { Refusal } from '../src/serve/refusal.ts';
import { DawdlingCore } from './support/dawdling-core.ts';

type Init<S extends DescMessage> = MessageInitShape<S>;

/** A client that knows of services only their paths. */
class TestClient {
  readonly channel: Client;

  constructor(port: number, options: ClientOptions = {}, security = credentials.createInsecure()) {
    this.channel = new Client(`127.0.0.1:${port}`, security, {
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
  }

  call<I extends DescMessage, O extends DescMessage>(
    method: string,
    [input, output]: readonly [I, O],
    request: Init<I> = {} as Init<I>,
    options: CallOptions & { token?: string; cancelAfterMs?: number } = {},
  ): Promise<MessageShape<O>> {
    const metadata = new Metadata();
    if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
    return new Promise((resolve, reject) => {
      const call = this.channel.makeUnaryRequest(
        method.startsWith('/') ? method : `/inference.GRPCInferenceService/${method}`,
        (message: MessageShape<I>) => Buffer.from(toBinary(input, message)),
        (bytes) => fromBinary(output, bytes),
        create(input, request),
        metadata,
        options,
        (error, answer) => (error ? reject(error) : resolve(answer!)),
      );
      if (options.cancelAfterMs !== undefined) setTimeout(() => call.cancel(), options.cancelAfterMs);
    });
  }

  infer(
    request: Init<typeof pb.ModelInferRequestSchema>,
    options: CallOptions & { token?: string; cancelAfterMs?: number } = {},
  ): Promise<pb.ModelInferResponse> {
    return this.call(
      'ModelInfer',
      [pb.ModelInferRequestSchema, pb.ModelInferResponseSchema],
      request,
      options,
    );
  }

  stream(options: CallOptions = {}) {
    return this.channel.makeBidiStreamRequest(
      '/inference.GRPCInferenceService/ModelStreamInfer',
      (message: Init<typeof pb.ModelInferRequestSchema>) =>
        Buffer.from(toBinary(pb.ModelInferRequestSchema, create(pb.ModelInferRequestSchema, message))),
      (bytes) => fromBinary(pb.ModelStreamInferResponseSchema, bytes),
      new Metadata(),
      options,
    );
  }
}

const floats = (...values: readonly number[]): Buffer => Buffer.from(new Float32Array(values).buffer);

function request(
  model: string,
  values: readonly number[],
  more: Init<typeof pb.ModelInferRequestSchema> = {},
): Init<typeof pb.ModelInferRequestSchema> {
  return {
    modelName: model,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, BigInt(values.length)] }],
    rawInputContents: [floats(...values)],
    ...more,
  };
}

async function statusOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error('The call was answered.');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

/** Serves a core of its own for as long as `body` runs, and proves that no answer's memory was kept. */
async function withServer(
  options: GrpcOptions,
  body: (client: TestClient, core: DawdlingCore, server: GrpcServer) => Promise<void>,
): Promise<void> {
  const core = new DawdlingCore();
  const server = await GrpcServer.listen(core, { port: 0, ...options });
  const client = new TestClient(server.port);
  try {
    await body(client, core, server);
    await until(() => core.running === 0);
    assert.equal(core.held, 0);
  } finally {
    client.channel.close();
    await server.close(0);
  }
}

describe('gRPC', () => {
  let core: DawdlingCore;
  let server: GrpcServer;
  let client: TestClient;
  before(async () => {
    core = new DawdlingCore();
    server = await GrpcServer.listen(core, { port: 0, tokens: { management: ['secret'] } });
    client = new TestClient(server.port);
  });
  beforeEach(() => {
    core.refusal = null;
  });
  after(async () => {
    client.channel.close();
    await server.close(0);
    assert.equal(core.held, 0, 'every answer gave its memory back');
  });

  test('an inference with raw contents, in the parts it lies in', async () => {
    const answer = await client.infer(request('identity', [1, 2, 3], { id: 'a1' }));
    assert.equal(answer.id, 'a1');
    assert.equal(answer.modelName, 'identity');
    assert.equal(answer.modelVersion, '1');
    assert.deepEqual(
      answer.outputs.map(({ name, datatype, shape }) => [name, datatype, shape]),
      [['y', 'FP32', [1n, 3n]]],
    );
    assert.deepEqual(Buffer.from(answer.rawOutputContents[0]!), floats(1, 2, 3));
  });

  test('typed contents of every type that has a field', async () => {
    const shape = [1n, 2n];
    const answer = await client.infer({
      modelName: 'typed',
      inputs: [
        { name: 'bool', datatype: 'BOOL', shape, contents: { boolContents: [true, false] } },
        { name: 'int8', datatype: 'INT8', shape, contents: { intContents: [-1, 1] } },
        { name: 'int16', datatype: 'INT16', shape, contents: { intContents: [-1, 1] } },
        { name: 'int32', datatype: 'INT32', shape, contents: { intContents: [-1, 1] } },
        { name: 'int64', datatype: 'INT64', shape, contents: { int64Contents: [-1n, 1n] } },
        { name: 'uint8', datatype: 'UINT8', shape, contents: { uintContents: [255, 1] } },
        { name: 'uint16', datatype: 'UINT16', shape, contents: { uintContents: [65535, 1] } },
        { name: 'uint32', datatype: 'UINT32', shape, contents: { uintContents: [2 ** 32 - 1, 1] } },
        { name: 'uint64', datatype: 'UINT64', shape, contents: { uint64Contents: [2n ** 64n - 1n, 1n] } },
        { name: 'float32', datatype: 'FP32', shape, contents: { fp32Contents: [0.5, 1] } },
        { name: 'float64', datatype: 'FP64', shape, contents: { fp64Contents: [0.5, 1] } },
        {
          name: 'string',
          datatype: 'BYTES',
          shape,
          contents: { bytesContents: [Buffer.from('ab'), Buffer.of()] },
        },
      ],
    });
    assert.deepEqual(
      answer.rawOutputContents.map((bytes) => Buffer.from(bytes).toString('hex')),
      [
        '0100', 'ff01', 'ffff0100', 'ffffffff01000000', 'ffffffffffffffff0100000000000000', 'ff01', 'ffff0100',
        'ffffffff01000000', 'ffffffffffffffff0100000000000000', '0000003f0000803f', '000000000000e03f000000000000f03f',
        '02000000616200000000',
      ], // biome-ignore format: a table
    );
  });

  test('half precision comes raw', async () => {
    const half = { name: 'float16', datatype: 'FP16', shape: [1n, 2n] };
    const raw = Buffer.from('003c0040', 'hex');
    const answer = await client.infer({ modelName: 'typed', inputs: [half], rawInputContents: [raw] });
    assert.deepEqual(Buffer.from(answer.rawOutputContents[0]!), raw);
    const refused = client.infer({
      modelName: 'typed',
      inputs: [{ ...half, contents: { fp32Contents: [1, 2] } }],
    });
    assert.match((await statusOf(refused)).details, /must be given in raw_input_contents/);
  });

  test('raw and typed contents together are an error, as in Triton', async () => {
    const both = request('identity', [1]);
    both.inputs![0]!.contents = { fp32Contents: [1] } as never;
    const error = await statusOf(client.infer(both));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.match(error.details, /contents field must not be specified when using raw_input_contents for 'x'/);
  });

  test('outputs by name, and the largest classes', async () => {
    const parameters = { classification: { parameterChoice: { case: 'int64Param' as const, value: 2n } } };
    const answer = await client.infer(
      request('identity', [1, 3, 2], { outputs: [{ name: 'y', parameters }] }),
    );
    assert.equal(answer.outputs[0]!.datatype, 'BYTES');
    assert.deepEqual(answer.outputs[0]!.shape, [1n, 2n]);
    assert.equal(
      Buffer.from(answer.rawOutputContents[0]!).toString('latin1'),
      '\n\0\0\x003.000000:1\n\0\0\x002.000000:2',
    );
    const unknown = await statusOf(client.infer(request('identity', [1], { outputs: [{ name: 'q' }] })));
    assert.equal(unknown.code, status.INVALID_ARGUMENT);
  });

  test('each error has its status, and a refusal says when to expect an answer', async () => {
    assert.equal((await statusOf(client.infer(request('nope', [1])))).code, status.NOT_FOUND);
    assert.equal(
      (await statusOf(client.infer(request('identity', [1], { modelVersion: '9' })))).code,
      status.NOT_FOUND,
    );
    assert.equal(
      (await statusOf(client.infer({ modelName: 'identity', inputs: [{ name: 'x' }] }))).code,
      status.INVALID_ARGUMENT,
    );
    assert.equal((await statusOf(client.infer(request('slow', [-1])))).code, status.INTERNAL);
    core.refusal = new Refusal('overloaded', 'the queue is full', { expectedMs: 41.5 });
    const refused = await statusOf(client.infer(request('identity', [1])));
    assert.equal(refused.code, status.RESOURCE_EXHAUSTED);
    assert.deepEqual(refused.metadata.get('x-thinfer-expected-ms'), ['42']);
    core.refusal = new ThinferError('bug', 'a secret of ours');
    assert.doesNotMatch((await statusOf(client.infer(request('identity', [1])))).details, /secret/);
  });

  test('the tighter of deadline and time-out counts', async () => {
    const parameters = { timeout: { parameterChoice: { case: 'int64Param' as const, value: 50_000n } } };
    const before = performance.now();
    await client.infer(request('identity', [1], { parameters }), { deadline: Date.now() + 600_000 });
    assert.ok(core.last!.deadlineMs! < before + 300_000);
    await client.infer(request('identity', [1]), { deadline: Date.now() + 600_000 });
    assert.ok(core.last!.deadlineMs! > before + 300_000);
    await client.infer(request('identity', [1]));
    assert.equal(core.last!.deadlineMs, null);
    const late = await statusOf(client.infer(request('slow', [5]), { deadline: Date.now() + 1000 }));
    assert.equal(late.code, status.DEADLINE_EXCEEDED);
  });

  test('a client that leaves takes its request along', async () => {
    const { cancelled } = core;
    const error = await statusOf(client.infer(request('slow', [60]), { cancelAfterMs: 30 }));
    assert.equal(error.code, status.CANCELLED);
    await until(() => core.cancelled === cancelled + 1 && core.running === 0);
  });

  test('a stream answers in the order of its requests, and errors are answers', async () => {
    const stream = client.stream();
    const answers: pb.ModelStreamInferResponse[] = [];
    stream.on('data', (answer) => answers.push(answer));
    stream.write(request('slow', [0.2], { id: '0' }));
    stream.write(request('identity', [7], { id: '1' }));
    stream.write(request('nope', [7], { id: '2' }));
    stream.write({ id: '3', modelName: 'identity', inputs: [{ name: 'x', datatype: 'X' }] });
    stream.write(request('identity', [8], { id: '4' }));
    stream.end();
    await once(stream, 'end');
    assert.deepEqual(
      answers.map(({ inferResponse }) => inferResponse!.id),
      ['0', '1', '2', '3', '4'],
    );
    assert.deepEqual(
      answers.map(({ errorMessage }) => errorMessage !== ''),
      [false, false, true, true, false],
    );
    assert.deepEqual(Buffer.from(answers[1]!.inferResponse!.rawOutputContents[0]!), floats(7));
    const final = answers[0]!.inferResponse!.parameters['triton_final_response']!.parameterChoice;
    assert.deepEqual(final, { case: 'boolParam', value: true });
  });

  test('a stream that is cancelled drops what runs', async () => {
    const { cancelled } = core;
    const stream = client.stream();
    stream.on('error', () => {});
    stream.on('data', () => {});
    for (let index = 0; index < 3; index++) stream.write(request('slow', [60]));
    await until(() => core.running === 3);
    stream.cancel();
    await until(() => core.running === 0);
    assert.equal(core.cancelled, cancelled + 3);
  });

  test('what a client sends compressed is read', async () => {
    const zipping = new TestClient(server.port, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    const values = Array.from({ length: 1000 }, (_, index) => index);
    const answer = await zipping.infer(request('identity', values));
    assert.deepEqual(Buffer.from(answer.rawOutputContents[0]!), floats(...values));
    zipping.channel.close();
  });

  test('what is known of the server and its models', async () => {
    const live = await client.call('ServerLive', [pb.ServerLiveRequestSchema, pb.ServerLiveResponseSchema]);
    assert.equal(live.live, true);
    const ready = (name: string) =>
      client.call('ModelReady', [pb.ModelReadyRequestSchema, pb.ModelReadyResponseSchema], { name });
    assert.equal((await ready('identity')).ready, true);
    assert.equal((await ready('nope')).ready, false);
    const metadata = await client.call(
      'ModelMetadata',
      [pb.ModelMetadataRequestSchema, pb.ModelMetadataResponseSchema],
      { name: 'identity' },
    );
    assert.deepEqual(
      metadata.inputs.map(({ name, datatype, shape }) => [name, datatype, shape]),
      [['x', 'FP32', [-1n, -1n]]],
    );
    const { config } = await client.call(
      'ModelConfig',
      [pb.ModelConfigRequestSchema, pb.ModelConfigResponseSchema],
      { name: 'identity' },
    );
    assert.equal(config!.maxBatchSize, 8);
    const { modelStats } = await client.call('ModelStatistics', [
      pb.ModelStatisticsRequestSchema,
      pb.ModelStatisticsResponseSchema,
    ]);
    assert.deepEqual(
      modelStats.map(({ name }) => name),
      ['identity', 'slow', 'typed'],
    );
    assert.equal(modelStats[0]!.inferenceCount, BigInt(core.models[0]!.counts.inferenceCount));
  });

  test('management takes its token', async () => {
    const index = (token?: string) =>
      client.call(
        'RepositoryIndex',
        [pb.RepositoryIndexRequestSchema, pb.RepositoryIndexResponseSchema],
        {},
        token === undefined ? {} : { token },
      );
    assert.equal((await statusOf(index())).code, status.UNAUTHENTICATED);
    assert.equal((await statusOf(index('wrong'))).code, status.PERMISSION_DENIED);
    assert.deepEqual(
      (await index('secret')).models.map(({ state }) => state),
      ['READY', 'READY', 'READY'],
    );
    const load = client.call(
      'RepositoryModelLoad',
      [pb.RepositoryModelLoadRequestSchema, pb.RepositoryModelLoadResponseSchema],
      { modelName: 'identity' },
      { token: 'secret' },
    );
    assert.equal((await statusOf(load)).code, status.UNAVAILABLE);
    const cuda = client.call(
      'CudaSharedMemoryRegister',
      [pb.CudaSharedMemoryRegisterRequestSchema, pb.CudaSharedMemoryRegisterResponseSchema],
      { name: 'r' },
      { token: 'secret' },
    );
    assert.match((await statusOf(cuda)).details, /CUDA shared memory is not supported/);
  });

  test('a method that is not there is unimplemented', async () => {
    const error = await statusOf(
      client.call('Nope', [pb.ServerLiveRequestSchema, pb.ServerLiveResponseSchema]),
    );
    assert.equal(error.code, status.UNIMPLEMENTED);
  });

  test('health by service', async () => {
    const check = (service: string) =>
      client.call(
        '/grpc.health.v1.Health/Check',
        [health.HealthCheckRequestSchema, health.HealthCheckResponseSchema],
        { service },
      );
    for (const service of ['', 'inference.GRPCInferenceService'])
      assert.equal((await check(service)).status, health.HealthCheckResponse_ServingStatus.SERVING);
    assert.equal((await statusOf(check('other'))).code, status.NOT_FOUND);
    core.ready = false;
    assert.equal((await check('')).status, health.HealthCheckResponse_ServingStatus.NOT_SERVING);
    core.ready = true;
  });

  test('reflection in both versions gives files with all they import', async () => {
    for (const version of ['v1', 'v1alpha']) {
      const stream = client.channel.makeBidiStreamRequest(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        (ask: Init<typeof reflection.ServerReflectionRequestSchema>) =>
          Buffer.from(
            toBinary(
              reflection.ServerReflectionRequestSchema,
              create(reflection.ServerReflectionRequestSchema, ask),
            ),
          ),
        (bytes) => fromBinary(reflection.ServerReflectionResponseSchema, bytes),
      );
      const answers: reflection.ServerReflectionResponse[] = [];
      stream.on('data', (answer) => answers.push(answer));
      stream.write({ messageRequest: { case: 'listServices', value: '' } });
      stream.write({
        messageRequest: { case: 'fileContainingSymbol', value: 'inference.GRPCInferenceService' },
      });
      stream.write({ messageRequest: { case: 'fileByFilename', value: 'nope.proto' } });
      stream.end();
      await once(stream, 'end');
      const [services, files, none] = answers.map(({ messageResponse }) => messageResponse);
      assert.ok(services!.case === 'listServicesResponse' && services!.value.service.length === 4);
      assert.ok(files!.case === 'fileDescriptorResponse' && files!.value.fileDescriptorProto.length === 2);
      assert.ok(none!.case === 'errorResponse' && none!.value.errorCode === status.NOT_FOUND);
    }
  });
});

test('a watcher of health sees draining', async () => {
  await withServer({}, async (client, core, server) => {
    const stream = client.channel.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      (message: health.HealthCheckRequest) => Buffer.from(toBinary(health.HealthCheckRequestSchema, message)),
      (bytes) => fromBinary(health.HealthCheckResponseSchema, bytes),
      create(health.HealthCheckRequestSchema),
    );
    const seen: number[] = [];
    const ended = new Promise((resolve) => stream.once('error', resolve));
    stream.on('data', ({ status }) => seen.push(status));
    const { SERVING, NOT_SERVING } = health.HealthCheckResponse_ServingStatus;
    await until(() => seen.length === 1);
    core.ready = false;
    await until(() => seen.length === 2);
    core.ready = true;
    await until(() => seen.length === 3);
    await server.close(60_000);
    await ended;
    assert.deepEqual(seen, [SERVING, NOT_SERVING, SERVING, NOT_SERVING]);
  });
});

test('a server that closes answers what runs and refuses what comes', async () => {
  await withServer({}, async (client, core, server) => {
    const running = client.infer(request('slow', [0.3]));
    const stream = client.stream();
    const answers: pb.ModelStreamInferResponse[] = [];
    stream.on('data', (answer) => answers.push(answer));
    const streamEnd = once(stream, 'error');
    stream.write(request('slow', [0.3]));
    await until(() => core.running === 2);
    const closed = server.close(60_000);
    assert.equal((await statusOf(client.infer(request('identity', [1])))).code, status.UNAVAILABLE);
    assert.deepEqual(Buffer.from((await running).rawOutputContents[0]!), floats(0.3));
    assert.equal(((await streamEnd)[0] as ServiceError).code, status.UNAVAILABLE);
    assert.equal(answers.length, 1);
    await closed;
  });
});

test('a server that closes does not wait for ever', async () => {
  await withServer({}, async (client, core, server) => {
    const running = statusOf(client.infer(request('slow', [600])));
    await until(() => core.running === 1);
    await server.close(50);
    assert.ok([status.UNAVAILABLE, status.CANCELLED].includes((await running).code));
  });
});

test('inference with a token', async () => {
  await withServer({ tokens: { inference: ['t'] } }, async (client) => {
    assert.equal((await statusOf(client.infer(request('identity', [1])))).code, status.UNAUTHENTICATED);
    await client.infer(request('identity', [1]), { token: 't' });
    const stream = client.stream();
    stream.on('data', () => {});
    const [error] = (await once(stream, 'error')) as [ServiceError];
    assert.equal(error.code, status.UNAUTHENTICATED);
  });
});

test('a stream reads no further than its limit', async () => {
  await withServer({ maxStreamInFlight: 4 }, async (client, core) => {
    const stream = client.stream();
    let answers = 0;
    stream.on('data', () => answers++);
    for (let index = 0; index < 100; index++) stream.write(request('slow', [0.01]));
    stream.end();
    await once(stream, 'end');
    assert.equal(answers, 100);
    assert.ok(core.mostRunning <= 4, `${core.mostRunning} ran at once`);
  });
});

test('a client that does not read its stream holds no arena and gets all in the end', async () => {
  await withServer({ maxStreamInFlight: 4 }, async (client, core) => {
    const stream = client.stream();
    const values = Array.from({ length: 50_000 }, () => 11);
    for (let index = 0; index < 60; index++) stream.write(request('identity', values));
    stream.end();
    await delay(200);
    assert.equal(core.held, 0);
    let answers = 0;
    stream.on('data', () => answers++);
    await once(stream, 'end');
    assert.equal(answers, 60);
  });
});

test('a message beyond the limit is refused, also one that only unpacks to it', async () => {
  await withServer({ maxMessageBytes: 100_000 }, async (client, _core, server) => {
    const large = request(
      'identity',
      Array.from({ length: 50_000 }, () => 0),
    );
    assert.equal((await statusOf(client.infer(large))).code, status.RESOURCE_EXHAUSTED);
    const zipping = new TestClient(server.port, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    assert.ok(gzipSync(Buffer.alloc(200_000)).length < 1000);
    assert.equal((await statusOf(zipping.infer(large))).code, status.RESOURCE_EXHAUSTED);
    zipping.channel.close();
    await client.infer(request('identity', [1]));
  });
});

test('one connection too many is closed', async () => {
  await withServer({ maxConnections: 1 }, async (client, _core, server) => {
    await client.infer(request('identity', [1]));
    const socket = connect(server.port, '127.0.0.1').resume();
    socket.on('error', () => {});
    await once(socket, 'close');
    await client.infer(request('identity', [1]));
  });
});

test('a client that connects and says nothing is let go', async () => {
  await withServer({ handshakeMs: 50 }, async (client, _core, server) => {
    const socket = connect(server.port, '127.0.0.1').resume();
    socket.on('error', () => {});
    await once(socket, 'close');
    await client.infer(request('identity', [1]));
  });
});

test('noise, wrong content types and huge metadata hurt nobody else', async () => {
  await withServer({}, async (client, _core, server) => {
    for (const noise of [
      'GET / HTTP/1.1\r\n\r\n',
      '\0'.repeat(1000),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff',
    ]) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.write(Buffer.from(noise, 'latin1'));
      await once(socket, 'close');
    }
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    session.on('error', () => {});
    const answerOf = async (headers: Record<string, string>, body: Buffer) => {
      const stream = session.request({ ':method': 'POST', ...headers });
      stream.on('error', () => {});
      let answered: Record<string, unknown> = {};
      stream.on('response', (given) => {
        answered = given;
      });
      stream.on('trailers', (given) => Object.assign(answered, given));
      stream.resume();
      stream.end(body);
      await new Promise((resolve) => stream.once('close', resolve));
      return answered;
    };
    const path = '/inference.GRPCInferenceService/ModelInfer';
    const grpc = { ':path': path, 'content-type': 'application/grpc' };
    assert.equal(
      (await answerOf({ ':path': path, 'content-type': 'text/plain' }, Buffer.of()))[':status'],
      415,
    );
    assert.equal((await answerOf({ ...grpc, ':path': '/%00/../x\xe9' }, Buffer.of()))['grpc-status'], '12');
    // No message, half a message, two messages, a message of no protobuf, an unknown encoding, and a wrong deadline.
    const frame = (bytes: Buffer, flag = 0) => Buffer.concat([Buffer.of(flag, 0, 0, 0, bytes.length), bytes]);
    for (const body of [
      Buffer.of(),
      Buffer.of(0, 0),
      Buffer.concat([frame(Buffer.of()), frame(Buffer.of())]),
      frame(Buffer.from('ffff', 'hex')),
      frame(Buffer.from('junk'), 1),
    ])
      assert.notEqual((await answerOf(grpc, body))['grpc-status'], '0');
    assert.notEqual(
      (await answerOf({ ...grpc, 'grpc-encoding': 'br' }, frame(Buffer.of(1), 1)))['grpc-status'],
      '0',
    );
    assert.notEqual(
      (await answerOf({ ...grpc, 'grpc-encoding': 'gzip' }, frame(Buffer.of(1), 1)))['grpc-status'],
      '0',
    );
    assert.notEqual(
      (await answerOf({ ...grpc, 'grpc-timeout': 'x' }, frame(Buffer.of())))['grpc-status'],
      '0',
    );
    assert.notEqual(
      (
        await answerOf(
          { ...grpc, 'x-large': 'x'.repeat(60_000), 'x-larger': 'x'.repeat(60_000) },
          frame(Buffer.of()),
        )
      )['grpc-status'],
      '0',
    );
    session.destroy();
    await client.infer(request('identity', [1]));
  });
});

/** Unlike `once`, whether or not an error comes first. */
function closed(ending: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => ending.once('close', () => resolve()));
}

/** A frame of HTTP/2, for what no client would send. */
function http2Frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.of()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame(4, 0, 0)]);
const inferPath = '/inference.GRPCInferenceService/ModelInfer';

/** What a call ends with: its headers and trailers in one. */
async function outcomeOf(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  stream.on('response', (headers) => Object.assign(seen, headers));
  stream.on('trailers', (headers) => Object.assign(seen, headers));
  stream.on('error', () => {});
  stream.resume();
  await new Promise((resolve) => stream.once('close', resolve));
  return seen;
}

function openCall(session: ClientHttp2Session, headers: Record<string, string> = {}): ClientHttp2Stream {
  return session.request({
    ...{ ':method': 'POST', ':path': inferPath, 'content-type': 'application/grpc', te: 'trailers' },
    ...headers,
  });
}

function framed(message: Init<typeof pb.ModelInferRequestSchema>): Buffer {
  const bytes = toBinary(pb.ModelInferRequestSchema, create(pb.ModelInferRequestSchema, message));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

test('the answer is one message with the headers and trailers of the protocol', async () => {
  await withServer({}, async (_client, _core, server) => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const call = openCall(session, { 'x-request-id': 'mine' });
    call.end(framed(request('identity', [1])));
    const seen = await outcomeOf(call);
    assert.equal(seen[':status'], 200);
    assert.equal(seen['content-type'], 'application/grpc');
    assert.equal(seen['grpc-accept-encoding'], 'identity,deflate,gzip');
    assert.equal(seen['grpc-status'], '0');
    assert.equal(seen['x-request-id'], 'mine');
    const get = session.request({ ':path': inferPath, 'content-type': 'application/grpc' });
    assert.equal((await outcomeOf(get))[':status'], 405);
    const wrong = openCall(session);
    wrong.end(framed(request('é%\t', [1])));
    const refused = await outcomeOf(wrong);
    assert.equal(refused['grpc-status'], String(status.NOT_FOUND));
    assert.match(decodeURIComponent(String(refused['grpc-message'])), /é%\t/);
    session.destroy();
  });
});

test('a deadline ends the call also of a client that has no clock', async () => {
  await withServer({}, async (_client, core, server) => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const call = openCall(session, { 'grpc-timeout': '50m' });
    call.end(framed(request('slow', [60])));
    assert.equal((await outcomeOf(call))['grpc-status'], String(status.DEADLINE_EXCEEDED));
    const silent = openCall(session, { 'grpc-timeout': '50m' });
    silent.write(Buffer.of(0));
    assert.equal((await outcomeOf(silent))['grpc-status'], String(status.DEADLINE_EXCEEDED));
    await until(() => core.running === 0);
    session.destroy();
  });
});

test('who sends on after the answer is told to stop', async () => {
  await withServer({ maxMessageBytes: 1000 }, async (client, _core, server) => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const call = openCall(session);
    call.write(Buffer.from('00ffffffff', 'hex'));
    const timer = setInterval(() => call.write(Buffer.alloc(10_000)), 1);
    assert.equal((await outcomeOf(call))['grpc-status'], String(status.RESOURCE_EXHAUSTED));
    clearInterval(timer);
    await client.infer(request('identity', [1]));
    session.destroy();
  });
});

test('many large answers on one connection, which its client reads late', async () => {
  await withServer({}, async (_client, core, server) => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`, { maxSessionMemory: 1000 });
    session.on('error', () => {});
    const values = Array.from({ length: 50_000 }, () => 1);
    const calls = Array.from({ length: 100 }, () => openCall(session));
    for (const call of calls) call.end(framed(request('identity', values)));
    await until(() => core.models[0]!.counts.inferenceCount === 100);
    const codes = await Promise.all(calls.map(async (call) => (await outcomeOf(call))['grpc-status']));
    assert.deepEqual(new Set(codes), new Set(['0']));
    session.destroy();
  });
});

test('a flood of pings or settings ends the connection', async () => {
  await withServer({}, async (client, _core, server) => {
    for (const frame of [http2Frame(6, 0, 0, Buffer.alloc(8)), http2Frame(4, 0, 0)]) {
      const socket = connect(server.port, '127.0.0.1').resume();
      socket.on('error', () => {});
      socket.write(preface);
      const timer = setInterval(() => socket.write(Buffer.concat(Array(100).fill(frame))), 1);
      await closed(socket);
      clearInterval(timer);
    }
    await client.infer(request('identity', [1]));
  });
});

test('a flood of calls that are reset at once ends the connection', async () => {
  await withServer({}, async (client, core, server) => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    session.on('error', () => {});
    const timer = setInterval(() => {
      for (let index = 0; index < 100 && !session.closed && !session.destroyed; index++) {
        const call = openCall(session);
        call.on('error', () => {});
        call.close(8);
      }
    }, 1);
    await closed(session);
    clearInterval(timer);
    await until(() => core.running === 0);
    await client.infer(request('identity', [1]));
  });
});

test('a client that answers no ping is let go, and so is one without calls', async () => {
  await withServer({ keepaliveMs: 50, keepaliveTimeoutMs: 50 }, async (client, _core, server) => {
    const socket = connect(server.port, '127.0.0.1').resume();
    socket.on('error', () => {});
    socket.write(preface);
    await closed(socket);
    await client.infer(request('identity', [1]));
  });
  await withServer({ idleMs: 50 }, async (client, _core, server) => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    await closed(session);
    await client.infer(request('slow', [0.2]));
  });
});

test('TLS, with a certificate of the client where it is asked for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'thinfer-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = spawnSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out cert -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost'.split(
      ' ',
    ),
    { cwd: folder },
  );
  if (made.status !== 0) return t.skip('there is no openssl');
  const [certificate, key] = ['cert', 'key'].map((name) => readFileSync(join(folder, name)));
  const infer = async (server: GrpcServer, identified: boolean) => {
    const client = new TestClient(
      server.port,
      {
        'grpc.ssl_target_name_override': 'localhost',
        'grpc.default_authority': 'localhost',
      },
      identified ? credentials.createSsl(certificate, key, certificate) : credentials.createSsl(certificate),
    );
    try {
      return await client.infer(request('identity', [1]), { deadline: Date.now() + 60_000 });
    } finally {
      client.channel.close();
    }
  };
  const tls = { certificate: certificate!, key: key! };
  const open = await GrpcServer.listen(new DawdlingCore(), { port: 0, tls });
  const guarded = await GrpcServer.listen(new DawdlingCore(), {
    port: 0,
    tls: { ...tls, clientCa: certificate! },
  });
  try {
    assert.equal((await infer(open, false)).modelName, 'identity');
    assert.equal((await infer(guarded, true)).modelName, 'identity');
    assert.equal((await statusOf(infer(guarded, false))).code, status.UNAVAILABLE);
    const plain = connect(open.port, '127.0.0.1').resume();
    plain.on('error', () => {});
    plain.write(preface);
    await closed(plain);
  } finally {
    await open.close(0);
    await guarded.close(0);
  }
});

test('tensors in shared memory, where it is on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thinfer-grpc-'));
  const sharedMemory = new SharedMemory(folder);
  writeFileSync(join(folder, 'region'), Buffer.concat([floats(1, 2), Buffer.alloc(8)]));
  const whole = (value: number) => ({
    parameterChoice: { case: 'int64Param' as const, value: BigInt(value) },
  });
  const at = (offset: number, bytes: number) => ({
    shared_memory_region: { parameterChoice: { case: 'stringParam' as const, value: 'r' } },
    shared_memory_byte_size: whole(bytes),
    shared_memory_offset: whole(offset),
  });
  const asked = (bytes: number) => ({
    modelName: 'identity',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, 2n], parameters: at(0, 8) }],
    outputs: [{ name: 'y', parameters: at(8, bytes) }],
  });
  try {
    await withServer({ sharedMemory }, async (client) => {
      assert.equal((await statusOf(client.infer(asked(8)))).code, status.NOT_FOUND);
      const register = [
        pb.SystemSharedMemoryRegisterRequestSchema,
        pb.SystemSharedMemoryRegisterResponseSchema,
      ] as const;
      await client.call('SystemSharedMemoryRegister', register, { name: 'r', key: '/region', byteSize: 16n });
      const list = [
        pb.SystemSharedMemoryStatusRequestSchema,
        pb.SystemSharedMemoryStatusResponseSchema,
      ] as const;
      const { regions } = await client.call('SystemSharedMemoryStatus', list);
      assert.equal(regions['r']!.byteSize, 16n);
      const answer = await client.infer(asked(8));
      assert.deepEqual(
        answer.rawOutputContents.map(({ length }) => length),
        [0],
      );
      assert.deepEqual(readFileSync(join(folder, 'region')).subarray(8), floats(1, 2));
      assert.equal((await statusOf(client.infer(asked(4)))).code, status.INVALID_ARGUMENT);
      assert.equal((await statusOf(client.infer(asked(9)))).code, status.INVALID_ARGUMENT);
      const none = [
        pb.SystemSharedMemoryUnregisterRequestSchema,
        pb.SystemSharedMemoryUnregisterResponseSchema,
      ] as const;
      await client.call('SystemSharedMemoryUnregister', none);
      assert.equal((await statusOf(client.infer(asked(8)))).code, status.NOT_FOUND);
    });
  } finally {
    sharedMemory.unregisterAll();
    rmSync(folder, { recursive: true });
  }
});

test('a port that is taken is said so', async () => {
  await withServer({}, async (_client, core, server) => {
    await assert.rejects(GrpcServer.listen(core, { port: server.port }), { code: 'machine' });
    await assert.rejects(GrpcServer.listen(core, { port: 0, host: '192.0.2.1' }), { code: 'machine' });
    const tls = { certificate: Buffer.from('x'), key: Buffer.from('y') };
    await assert.rejects(GrpcServer.listen(core, { port: 0, tls }), { code: 'usage' });
  });
});
