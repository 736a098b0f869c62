/** A server whose set follows the load, and one whose set is changed by hand: real processes, under load, with every answer compared. */
import assert from 'node:assert/strict';
import type { SetChange } from '../src/serve/types.ts';
import { thinfer } from './support/command.ts';
import { askedOf, askGrpc, askRest, load } from './support/fuzz/fault-load.ts';
import { bugsIn } from './support/fuzz/watch.ts';
import { processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';
import { openTiny } from './support/tiny.ts';

const engine = 'null:delay=10,item-delay=5';

interface PlanAnswer {
  readonly configuration: string;
  readonly source: string;
  readonly why: string;
  readonly changes: readonly SetChange[];
}

function planOf(server: Serving, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.management}/v2/repository/models/tiny/plan`, {
    ...init,
    headers: { authorization: `Bearer ${server.token}` },
  });
}

const readPlan = async (server: Serving): Promise<PlanAnswer> =>
  (await (await planOf(server)).json()) as PlanAnswer;

const changeTo = (server: Serving, configuration: unknown): Promise<Response> =>
  planOf(server, { method: 'POST', body: JSON.stringify({ configuration }) });

async function profile(scratch: Scratch): Promise<void> {
  const grid = ['--threads', '1,2', '--batches', '1,2,4', '--warmup', '1', '--iterations', '3'];
  const { status, stderr } = await thinfer(scratch, [
    'profile',
    'tiny',
    '--engine',
    engine,
    ...grid,
    '--quiet',
  ]);
  assert.equal(status, 0, stderr);
}

/** Clients that ask while `body` runs; every answer is compared with the engine's own. */
async function underLoad(server: Serving, clients: number, body: () => Promise<void>): Promise<void> {
  const asked = await askedOf(await openTiny(), engine, 20);
  const grpc = askGrpc(server);
  let over = false;
  // A change may come about before every client has its first answer.
  const loaded = load(
    asked,
    [askRest(server), grpc.ask],
    clients,
    (answered) => !over || answered <= clients,
  );
  try {
    await body();
  } finally {
    over = true;
    const { answered, problems } = await loaded;
    grpc.close();
    assert.deepEqual(problems, []);
    assert.ok(answered > clients);
  }
}

async function end(server: Serving): Promise<void> {
  const { status, stderr } = await server.stop();
  assert.equal(status, 0, stderr);
  assert.deepEqual(bugsIn(stderr), []);
}

for (const strategy of ['load', 'packrat'])
  processTest(
    `--adapt, ${strategy}: much load brings a set into force that answers more, and nobody notices`,
    async (scratch) => {
      await profile(scratch);
      const words = [
        'tiny',
        '--engine',
        engine,
        '--config',
        '1x2x1',
        '--adapt',
        '--adapt-strategy',
        strategy,
      ];
      const server = await startServe(scratch, [...words, '--adapt-interval', '200ms']);
      await underLoad(server, 12, async () => {
        const changed = await until('a change', async () => {
          const plan = await readPlan(server);
          return plan.changes.some(({ state }) => state === 'done') ? plan : null;
        });
        assert.equal(changed.source, 'adapted');
        assert.notEqual(changed.configuration, '1x2x1');
        const [first] = changed.changes;
        assert.deepEqual(first!.from, [{ instances: 1, threads: 2, batch: 1 }]);
        if (strategy === 'load') {
          assert.match(first!.reason, /requests\/s.* is expected to have a p99 of/);
          assert.ok(first!.predicted!.afterP99Ms < first!.predicted!.beforeP99Ms);
        } else assert.match(first!.reason, /^a batch of \d+ is expected$/);
      });
      const metrics = await (await fetch(`${server.http}/metrics`)).text();
      assert.match(metrics, /thinfer_set_changes_total\{[^}]*result="done"[^}]*\} [1-9]/);
      assert.equal(/thinfer_expected_requests_per_second\{/.test(metrics), strategy === 'load');
      await end(server);
    },
  );

processTest('while there is time, the set for much more load is loaded to stand by', async (scratch) => {
  await profile(scratch);
  const words = ['tiny', '--engine', engine, '--config', '1x2x1', '--adapt', '--adapt-interval', '200ms'];
  const server = await startServe(scratch, words);
  const ask = askRest(server);
  const asked = (await askedOf(await openTiny(), engine, 20)).find(({ items }) => items === 1)!;
  await until('a set that stands by', async () => {
    assert.equal(await ask(asked), null);
    await sleep(100);
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    return /thinfer_standby_instances\{[^}]*\} 2\n/.test(metrics);
  });
  assert.match(server.log(), /⟨2,1,\d⟩ is to stand by: it is the best where much more comes/);
  assert.deepEqual((await readPlan(server)).changes, []);
  await end(server);
});

processTest('a set is changed by hand while requests flow, and what is wrong is said', async (scratch) => {
  const server = await startServe(scratch, ['tiny', '--engine', engine, '--config', '2x1x4']);
  await underLoad(server, 6, async () => {
    for (const configuration of ['1x2x4', '2x1x2']) {
      const answer = await changeTo(server, configuration);
      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as SetChange).state, 'done');
      assert.equal((await readPlan(server)).configuration, configuration);
    }
    for (const [configuration, what] of [
      ['4x64x1', /threads/],
      ['two', /instances x threads x batch/],
      [5, /must be a text/],
    ] as const) {
      const answer = await changeTo(server, configuration);
      assert.equal(answer.status, 400);
      assert.match(((await answer.json()) as { error: string }).error, what);
    }
    const [first, second] = await Promise.all([changeTo(server, '1x2x4'), changeTo(server, '2x1x4')]);
    // One after the other.
    assert.deepEqual([first!.status, second!.status], [200, 200]);
    assert.equal((await readPlan(server)).configuration, '2x1x4');
  });
  const stranger = await fetch(`${server.management}/v2/repository/models/tiny/plan`);
  assert.equal(stranger.status, 401);
  assert.equal((await fetch(`${server.http}/v2/repository/models/tiny/plan`)).status, 404);
  await end(server);
});

processTest(
  'SIGTERM in the middle of a change answers what was taken, and leaves nothing behind',
  async (scratch) => {
    const server = await startServe(scratch, ['tiny', '--engine', engine, '--config', '2x1x4']);
    const changing = changeTo(server, '1x2x4').catch(() => null);
    await until('the change', async () => (await readPlan(server)).changes.at(-1)?.state === 'loading');
    const asked = await askedOf(await openTiny(), engine, 5);
    const answers = Promise.all(asked.map(askRest(server)));
    await until('their arrival', async () => {
      const metrics = await (await fetch(`${server.http}/metrics`)).text();
      return Number(/nv_inference_count\{[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0) > 0;
    });
    await end(server);
    await changing;
    for (const problem of await answers)
      assert.ok(problem === null || /^REST: 503 /.test(problem), String(problem));
  },
);

processTest('--adapt without a profile is refused before anything starts', async (scratch) => {
  const { status, stderr } = await thinfer(scratch, [
    'serve',
    'tiny',
    '--engine',
    'null',
    '--adapt',
    '--http-port',
    '0',
  ]);
  assert.equal(status, 2);
  assert.match(stderr, /nothing was measured of tiny.*thinfer profile tiny/s);
});
