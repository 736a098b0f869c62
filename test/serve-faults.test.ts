import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { startThinfer, thinfer } from './support/command.ts';
import { type Ask, askedOf, askGrpc, askRest, askTorchServe, load } from './support/fuzz/fault-load.ts';
import { poisonTable, writePoisonModel } from './support/fuzz/poison-model.ts';
import { openIdle } from './support/fuzz/slow-clients.ts';
import { bugsIn, descriptorsOf } from './support/fuzz/watch.ts';
import { instancePids, processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';
import { makeSmallDisk } from './support/small-disk.ts';
import { openTiny } from './support/tiny.ts';

async function served(
  scratch: Scratch,
  words: readonly string[],
  body: (server: Serving) => Promise<void>,
): Promise<void> {
  const server = await startServe(scratch, words);
  await body(server);
  const { status, stderr } = await server.stop();
  assert.equal(status, 0, stderr);
  assert.deepEqual(bugsIn(stderr), []);
}

/** All ways to ask at once. */
async function withWays(server: Serving, body: (ways: readonly Ask[]) => Promise<void>): Promise<void> {
  const grpc = askGrpc(server);
  await body([askRest(server), grpc.ask, askTorchServe(server)]);
  grpc.close();
}

/** Both instances, once both have said that they are ready. */
function servingPids(server: Serving): number[] | null {
  const pids = instancePids();
  const ready = pids.every((pid) => server.log().includes(`instance started: process ${pid} `));
  return pids.length === 2 && ready ? pids : null;
}

const supervised = ['--supervision-back-off', '10ms', '--supervision-hang-grace', '300ms'];

for (const engine of ['onnxruntime', 'null:delay=3'])
  processTest(
    `${engine}: instances are killed and stopped under load: every request gets its answer`,
    async (scratch) => {
      const asked = await askedOf(await openTiny(), engine, 40);
      const words = ['tiny', '--engine', engine, '--config', '2x1x4', '--log-level', 'debug', ...supervised];
      await served(scratch, words, async (server) => {
        await withWays(server, async (ways) => {
          let over = false;
          const loaded = load(asked, ways, 12, () => !over);
          for (const signal of ['SIGKILL', 'SIGSTOP', 'SIGTERM', 'SIGKILL'] as const) {
            // With none that lives, requests are refused at once, and rightly.
            const [victim] = await until('two instances that serve', () => servingPids(server));
            process.kill(victim!, signal);
            await until('the end of the victim', () => !instancePids().includes(victim!));
          }
          await until('the last successor', () => servingPids(server));
          over = true;
          const { answered, problems } = await loaded;
          assert.deepEqual(problems, []);
          assert.ok(answered > 12);
        });
      });
    },
  );

processTest('one input that the engine refuses costs the others of its batch nothing', async (scratch) => {
  const file = await writePoisonModel(join(scratch.folder, 'models'));
  const words = [`${file}:name=poison`, '--config', '1x1x16', '--dispatch-max-delay', '20ms', ...supervised];
  await served(scratch, words, async ({ http }) => {
    const [before] = instancePids();
    const ask = async (index: number): Promise<{ status: number; found?: number[] }> => {
      const answer = await fetch(`${http}/v2/models/poison/infer`, {
        method: 'POST',
        body: JSON.stringify({
          inputs: [{ name: 'indices', datatype: 'INT64', shape: [1, 2], data: [index, 0] }],
        }),
      });
      const body = (await answer.json()) as { outputs?: { data: number[] }[] };
      const found = body.outputs?.[0]?.data;
      return { status: answer.status, ...(found === undefined ? {} : { found }) };
    };
    const indices = Array.from({ length: 60 }, (_, at) => (at % 10 === 7 ? 1000 + at : at % 4));
    const answers = await Promise.all(indices.map(ask));
    for (const [at, { status, found }] of answers.entries()) {
      const value = poisonTable[indices[at]!];
      if (value === undefined) assert.ok(status >= 400, `the poison was answered with ${status}`);
      else assert.deepEqual({ status, found }, { status: 200, found: [value, poisonTable[0]] });
    }
    assert.deepEqual(instancePids(), [before], 'a refusal is no reason to end the instance');
  });
});

processTest('clients that leave within a body or an answer leave nothing behind', async (scratch) => {
  const asked = await askedOf(await openTiny(), 'null', 10);
  await served(scratch, ['tiny', '--engine', 'null:delay=5', '--config', '1x1x4'], async (server) => {
    const port = Number(new URL(server.http).port);
    const ask = askRest(server);
    assert.equal(await ask(asked[0]!), null);
    const before = descriptorsOf(server.pid);
    for (let round = 0; round < 100; round++) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      const body = JSON.stringify({
        inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 3, 8, 8], data: Array(192).fill(1) }],
      });
      const text = `POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      socket.write(text.slice(0, round % 2 === 0 ? text.length : text.length - 1 - round));
      await sleep(round % 7);
      socket.destroy();
      if (round % 10 === 0) assert.equal(await ask(asked[round % 10]!), null);
    }
    await until('the connections to be closed', () => descriptorsOf(server.pid) <= before + 2);
  });
});

processTest(
  'SIGTERM under load: what was taken is answered, the rest is refused, and the end is clean',
  async (scratch) => {
    const asked = await askedOf(await openTiny(), 'null', 20);
    const server = await startServe(scratch, ['tiny', '--engine', 'null:delay=20', '--config', '1x1x4']);
    let over = false;
    const refusals: string[] = [];
    const ask = askRest(server);
    const asking: Ask = async (one) => {
      try {
        return await ask(one);
      } catch (error) {
        // The port is closed; a request that was sent must not end so.
        const { code } = (error as Error & { cause?: { code?: string } }).cause ?? {};
        over = true;
        return code === 'ECONNREFUSED' ? null : `cut off: ${code}`;
      }
    };
    const loaded = load(asked, [asking], 16, () => !over);
    await sleep(300);
    const ended = await server.stop();
    over = true;
    const { problems } = await loaded;
    for (const problem of problems) if (!/^REST: 503 /.test(problem)) refusals.push(problem);
    assert.deepEqual(refusals, []);
    assert.equal(ended.status, 0, ended.stderr);
    assert.deepEqual(bugsIn(ended.stderr), []);
  },
);

processTest(
  'out of descriptors it serves who is there, and serves all again when there are some',
  async (scratch) => {
    const asked = await askedOf(await openTiny(), 'null', 5);
    const words = [
      'serve',
      'tiny',
      '--engine',
      'null',
      '--config',
      '1x1x4',
      '--http-port',
      '0',
      '--grpc-port',
      '0',
    ];
    const shell = ['bash', '-c', 'ulimit -n 80; exec "$@"', 'bash'];
    const running = startThinfer(scratch, [...words, '--management-port', '0', '--json', '--quiet'], shell);
    let said = '';
    running.process.stdout!.on('data', (piece: Buffer) => (said += piece.toString()));
    await until('the ready line', () => said.includes('\n'));
    const { http } = JSON.parse(said) as { http: string };
    const ask = askRest({ http } as Serving);
    assert.equal(await ask(asked[0]!), null);
    const idle = await openIdle(Number(new URL(http).port), 150);
    // The connection of the first request is still there.
    await sleep(200);
    for (const socket of idle) socket.destroy();
    for (const one of asked) assert.equal(await ask(one), null);
    running.process.kill('SIGTERM');
    const { status, stderr } = await running.ended;
    assert.equal(status, 0, stderr);
    assert.deepEqual(bugsIn(stderr), []);
  },
);

processTest(
  'a port that is taken and a project folder without room are told in plain words',
  async (scratch) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await until('the port', () => taken.address() !== null);
    const { port } = taken.address() as { port: number };
    for (const flag of ['--http-port', '--grpc-port', '--management-port']) {
      const others = ['--http-port', '--grpc-port', '--management-port'].filter((other) => other !== flag);
      const words = [
        'serve',
        'tiny',
        '--engine',
        'null',
        flag,
        String(port),
        ...others.flatMap((other) => [other, '0']),
      ];
      const ended = await thinfer(scratch, words);
      assert.equal(ended.status, 3, ended.stderr);
      assert.match(ended.stderr, /can't listen on .*(EADDRINUSE|in use)/s);
    }
    taken.close();
  },
);

processTest('a full disk under the project folder is told, and nothing is left', async (scratch, context) => {
  const folder = join(scratch.folder, 'small');
  const disk = makeSmallDisk(folder, 64);
  if (typeof disk === 'string') return context.skip(disk);
  try {
    mkdirSync(join(folder, 'project'));
    try {
      writeFileSync(join(folder, 'filler'), Buffer.alloc(128 * 1024));
    } catch {
      // Full, as it has to be.
    }
    const words = [
      'tiny',
      '--engine',
      'null',
      '--http-port',
      '0',
      '--grpc-port',
      '0',
      '--management-port',
      '0',
    ];
    const ended = await thinfer(scratch, ['serve', ...words, '--project', join(folder, 'project')]);
    assert.equal(ended.status, 3, ended.stderr);
    assert.match(ended.stderr, /storage|ENOSPC|no space|full/i);
  } finally {
    disk.remove();
  }
});
