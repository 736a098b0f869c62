import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { thinfer } from './support/command.ts';
import { instancePids, processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';
import { filledInputs, openTiny } from './support/tiny.ts';

/** A request with binary tensors, as Triton's clients send it; gives the status and the output's bytes. */
async function infer(
  http: string,
  items: number,
  seed: number,
  more: {
    readonly headers?: Record<string, string>;
    readonly parameters?: object;
    readonly model?: string;
  } = {},
): Promise<{ readonly status: number; readonly data: Buffer; readonly headers: Headers }> {
  const [input] = filledInputs(await openTiny(), items, seed);
  const { name, shape, data } = input!;
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ name, shape, datatype: 'FP32', parameters: { binary_data_size: data.length } }],
      parameters: { binary_data_output: true, ...more.parameters },
    }),
  );
  const answer = await fetch(`${http}/v2/models/${more.model ?? 'tiny'}/infer`, {
    method: 'POST',
    headers: { 'Inference-Header-Content-Length': String(header.length), ...more.headers },
    body: Buffer.concat([header, data]),
  });
  const body = Buffer.from(await answer.arrayBuffer());
  const at = Number(answer.headers.get('inference-header-content-length') ?? 0);
  return { status: answer.status, data: body.subarray(at), headers: answer.headers };
}

/** What the null engine answers to it. */
async function expected(items: number, seed: number): Promise<Buffer> {
  const [input] = filledInputs(await openTiny(), items, seed);
  const perItem = input!.data.length / items;
  return Buffer.concat(
    Array.from({ length: items }, (_, item) => input!.data.subarray(item * perItem, item * perItem + 40)),
  );
}

async function assertAnswers(http: string, count: number, items = 1): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, seed) => {
      const { status, data } = await infer(http, items, seed);
      assert.equal(status, 200, data.toString());
      assert.ok(data.equals(await expected(items, seed)), `answer ${seed} is another one`);
    }),
  );
}

const served = async (
  scratch: Scratch,
  words: readonly string[],
  body: (server: Serving) => Promise<void>,
): Promise<void> => {
  const server = await startServe(scratch, words);
  await body(server);
  const { status, stderr } = await server.stop();
  assert.equal(status, 0, stderr);
};

processTest('serves what is named, says when it is ready, and ends with status 0', async (scratch) => {
  await served(scratch, ['tiny', '--engine', 'null'], async ({ http, ready }) => {
    assert.equal(ready['event'], 'ready');
    const [model] = ready['models'] as Record<string, unknown>[];
    assert.equal(model!['source'], 'default');
    assert.equal((await fetch(`${http}/v2/health/ready`)).status, 200);
    await assertAnswers(http, 20, 3);
  });
});

processTest(
  'batches that are sent behind others get their own answers, newly bound or not',
  async (scratch) => {
    await served(scratch, ['tiny', '--engine', 'null', '--config', '2x1x3'], async ({ http }) => {
      for (const items of [1, 2, 3, 7]) await assertAnswers(http, 60, items);
      await Promise.all([1, 2, 3, 4].map((items) => assertAnswers(http, 30, items)));
    });
  },
);

processTest('the plan in force is served after a trial', async (scratch) => {
  const tuned = await thinfer(scratch, [
    'tune',
    'tiny',
    '--engine',
    'null:delay=1',
    '--items',
    '4',
    '--iterations',
    '2',
    '--budget',
    '2s',
    '--json',
    '--quiet',
  ]);
  assert.equal(tuned.status, 0, tuned.stderr);
  await served(scratch, ['tiny', '--engine', 'null:delay=1', '--items', '4'], async ({ http, ready }) => {
    const [model] = ready['models'] as Record<string, unknown>[];
    assert.equal(model!['source'], 'in-force');
    await assertAnswers(http, 4);
  });
});

processTest('instances that are killed under load cost no request', async (scratch) => {
  await served(
    scratch,
    ['tiny', '--engine', 'null:delay=5', '--supervision-back-off', '10ms'],
    async ({ http }) => {
      for (let round = 0; round < 4; round++) {
        const answers = assertAnswers(http, 60);
        const [victim] = instancePids();
        process.kill(victim!, 'SIGKILL');
        await answers;
        await until('its successor', () => instancePids().length === 2 && !instancePids().includes(victim!));
      }
    },
  );
});

processTest('a hung instance is ended and replaced', async (scratch) => {
  const words = [
    'tiny',
    '--engine',
    'null:delay=5',
    '--supervision-hang-grace',
    '300ms',
    '--supervision-back-off',
    '10ms',
  ];
  await served(scratch, words, async ({ http }) => {
    const [victim] = instancePids();
    process.kill(victim!, 'SIGSTOP');
    await assertAnswers(http, 30);
    await until('its end', () => !instancePids().includes(victim!));
  });
});

processTest(
  'SIGTERM: readiness falls, what was taken is answered, new requests are refused',
  async (scratch) => {
    const words = ['tiny', '--engine', 'null:delay=400', '--config', '1x1x1', '--drain-window', '600ms'];
    const server = await startServe(scratch, words);
    const taken = [1, 2, 3].map((seed) => infer(server.http, 1, seed));
    await until('a run', () => instancePids().length === 1);
    await sleep(100);
    const ended = server.stop();
    await until('the notice', () => true);
    await sleep(200);
    assert.equal((await fetch(`${server.http}/v2/health/ready`)).status, 400);
    const inTheWindow = infer(server.http, 1, 4);
    assert.deepEqual(
      (await Promise.all([...taken, inTheWindow])).map(({ status }) => status),
      [200, 200, 200, 200],
    );
    const { status, stderr } = await ended;
    assert.equal(status, 0, stderr);
  },
);

processTest(
  'a deadline that can’t be met is refused at once, with the time it would take',
  async (scratch) => {
    await served(scratch, ['tiny', '--engine', 'null:delay=300', '--config', '1x1x1'], async ({ http }) => {
      const first = infer(http, 1, 1);
      await sleep(100);
      const late = await infer(http, 1, 2, { parameters: { timeout: 100_000 } });
      assert.equal(late.status, 504, late.data.toString());
      assert.match(late.headers.get('retry-after') ?? '', /^\d+$/);
      assert.ok(Number(late.headers.get('x-thinfer-expected-ms')) > 100);
      assert.equal((await first).status, 200);
    });
  },
);

processTest('several models have cores of their own, and names and versions', async (scratch) => {
  const words = ['tiny', 'tiny:name=other,version=3', '--engine', 'null'];
  await served(scratch, words, async ({ http }) => {
    assert.equal((await infer(http, 1, 1, { model: 'other' })).status, 200);
    assert.equal((await infer(http, 1, 1, { model: 'other/versions/3' })).status, 200);
    const unknown = await infer(http, 1, 1, { model: 'other/versions/1' });
    assert.equal(unknown.status, 404);
    const live = await fetch(`${http}/v2/models/other`).then((answer) => answer.json());
    assert.deepEqual((live as { versions: string[] }).versions, ['3']);
  });
});

processTest('models are loaded anew, unloaded and loaded, with the token only', async (scratch) => {
  await served(scratch, ['tiny', '--engine', 'null'], async ({ http, management, token }) => {
    const post = async (path: string, authorization?: string): Promise<number> =>
      (
        await fetch(`${management}${path}`, {
          method: 'POST',
          headers: authorization === undefined ? {} : { authorization },
        })
      ).status;
    assert.equal(await post('/v2/repository/models/tiny/load'), 401);
    assert.equal(await post('/v2/repository/models/tiny/load', 'Bearer of nothing'), 403);
    assert.equal((await fetch(`${http}/v2/repository/models/tiny/unload`, { method: 'POST' })).status, 404);
    const before = instancePids();
    const asked = Promise.all(Array.from({ length: 20 }, () => assertAnswers(http, 5)));
    assert.equal(await post('/v2/repository/models/tiny/load', `Bearer ${token}`), 200);
    await asked;
    await until('the new instances', () => instancePids().every((pid) => !before.includes(pid)));
    assert.equal(await post('/v2/repository/models/tiny/unload', `Bearer ${token}`), 200);
    assert.equal((await infer(http, 1, 1)).status, 404);
    assert.equal(await post('/v2/repository/models/tiny/load', `Bearer ${token}`), 200);
    await assertAnswers(http, 5);
  });
});

processTest('workers are scaled, and none of the requests meanwhile is lost', async (scratch) => {
  await served(scratch, ['tiny', '--engine', 'null:delay=2'], async ({ http, management, token }) => {
    const scale = async (count: number): Promise<void> => {
      const query = `min_worker=${count}&max_worker=${count}&synchronous=true`;
      const { status } = await fetch(`${management}/models/tiny?${query}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(status, 200);
      await until('the instances', () => instancePids().length === count);
    };
    for (const count of [3, 1, 2]) {
      const answers = assertAnswers(http, 50);
      await scale(count);
      await answers;
    }
  });
});

processTest(
  'settings come from file, environment and flags, and all problems are told at once',
  async (scratch) => {
    const file = join(scratch.folder, 'serve.yaml');
    writeFileSync(
      file,
      'http: { port: x, prot: 1 }\nlimits: { body: 1TB? }\nmodels: [{ model: tiny, items: 0 }]\n',
    );
    const wrong = await thinfer(scratch, ['serve', '--config-file', file, '--dispatch-policy', 'lazy']);
    assert.equal(wrong.status, 2);
    for (const words of [
      /http\.port: "x" is not a whole number/,
      /http\.prot: there is no such setting/,
      /limits\.body: "1TB\?" is not a size/,
      /models\[0\]\.items/,
      /--dispatch-policy: "lazy" is not one of eager, packrat/,
    ])
      assert.match(wrong.stderr, words);
    writeFileSync(
      file,
      'http: { port: 1234 }\ngrpc: { port: 4321 }\nmodels: [tiny, { model: tiny, name: b, dim: { x: 2 } }]\n',
    );
    const shown = await thinfer(scratch, [
      'serve',
      '--config-file',
      file,
      '--http-port',
      '5678',
      '--print-config',
    ]);
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /^http:\n {2}port: 5678$/m);
    assert.match(shown.stdout, /^grpc:\n {2}port: 4321$/m);
    writeFileSync(file, shown.stdout);
    const again = await thinfer(scratch, ['serve', '--config-file', file, '--print-config']);
    assert.equal(again.stdout, shown.stdout);
  },
);

processTest('what can’t be started is told, and leaves nothing behind', async (scratch) => {
  const cases: [readonly string[], number, RegExp][] = [
    [[], 2, /no model is given/],
    [['nothing'], 2, /nothing/],
    [['tiny', 'tiny'], 2, /tiny version 1 is given twice/],
    [['tiny', '--config', '64x1x1'], 2, /needs 64 cores/],
    [['tiny', '--engine', 'null', '--http-port', '1', '--host', '192.0.2.1'], 3, /can't listen/],
    [['tiny:model=x'], 2, /there is no setting "model"/],
  ];
  for (const [words, status, message] of cases) {
    const ended = await thinfer(scratch, ['serve', ...words]);
    assert.equal(ended.status, status, ended.stderr);
    assert.match(ended.stderr, message);
  }
});

processTest('a client that leaves is noticed, and its request is not run', async (scratch) => {
  await served(scratch, ['tiny', '--engine', 'null:delay=200', '--config', '1x1x1'], async ({ http }) => {
    const first = infer(http, 1, 1);
    await sleep(50);
    const [input] = filledInputs(await openTiny(), 1, 2);
    const body = JSON.stringify({
      inputs: [
        {
          name: 'input',
          shape: [1, 3, 8, 8],
          datatype: 'FP32',
          data: [...new Float32Array(input!.data.buffer)],
        },
      ],
    });
    const socket = connect({ port: Number(new URL(http).port), host: '127.0.0.1' });
    socket.write(
      `POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await sleep(50);
    socket.destroy();
    assert.equal((await first).status, 200);
    assert.equal((await infer(http, 1, 3)).status, 200);
    const stats = (await fetch(`${http}/v2/models/tiny/stats`).then((answer) => answer.json())) as {
      model_stats: { execution_count: number }[];
    };
    assert.equal(stats.model_stats[0]!.execution_count, 2);
  });
});
