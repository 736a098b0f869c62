/** A server whose engine is slower than its profile says measures it again when there is little to do: real processes, every answer compared. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pointHash } from '../src/profile/index.ts';
import { thinfer } from './support/command.ts';
import { databaseFile, query } from './support/database.ts';
import { askedOf, askRest, load } from './support/fuzz/fault-load.ts';
import { bugsIn } from './support/fuzz/watch.ts';
import { lives, processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';
import { openTiny } from './support/tiny.ts';

const fastMs = 3;
const slowMs = 30;
const fast = `null:delay=${fastMs}`;
const slow = `null:delay=${slowMs}`;
const cells = 4;

/** Measures the fast engine, and says that it was the slow one. */
async function profileTooFast(scratch: Scratch): Promise<void> {
  const grid = [
    '--threads',
    '1,2',
    '--batches',
    '1,2',
    '--mode',
    'together',
    '--warmup',
    '1',
    '--iterations',
    '20',
  ];
  const { status, stderr } = await thinfer(scratch, [
    'profile',
    'tiny',
    '--engine',
    fast,
    ...grid,
    '--quiet',
  ]);
  assert.equal(status, 0, stderr);
  const database = new DatabaseSync(databaseFile(scratch));
  const rename = database.prepare('UPDATE point SET hash = ?, settings = ? WHERE id = ?');
  for (const { id, settings } of database.prepare('SELECT id, settings FROM point').all()) {
    const own = JSON.parse(String(settings));
    const renamed = { ...own, engine: { ...own.engine, name: slow } };
    rename.run(pointHash(renamed), JSON.stringify(renamed), id!);
  }
  database.close();
}

const serve = (scratch: Scratch): Promise<Serving> =>
  startServe(scratch, [
    ...['tiny', '--engine', slow, '--config', '2x1x1', '--adapt', '--adapt-margin', '1'],
    ...['--adapt-quiet', 'always', '--adapt-calm', '2s', '--drift-after', '1s'],
  ]);

const states = (scratch: Scratch): unknown[] =>
  query(databaseFile(scratch), 'SELECT state FROM point ORDER BY id').map(({ state }) => state);

const endings = async ({ http }: Serving): Promise<Record<string, number>> => {
  const text = await (await fetch(`${http}/metrics`)).text();
  const found = text.matchAll(/thinfer_profile_again_total\{[^}]*result="([\w-]+)"[^}]*\} (\d+)/g);
  return Object.fromEntries([...found].map(([, result, count]) => [result, Number(count)]));
};

/** Clients that ask without a pause until something has come about; every answer is compared. */
async function underLoad(server: Serving, clients: number, done: () => boolean): Promise<void> {
  const asked = (await askedOf(await openTiny(), slow, 20)).filter(({ items }) => items <= 2);
  const { problems } = await load(asked, [askRest(server)], clients, () => !done());
  assert.deepEqual(problems, []);
}

/** Load until the drift is told, and none until it is measured. Gives the process id of what measures. */
async function begun(scratch: Scratch): Promise<{ readonly server: Serving; readonly child: number }> {
  await profileTooFast(scratch);
  const server = await serve(scratch);
  await underLoad(server, 2, () =>
    /times what the profile says: something else runs here/.test(server.log()),
  );
  await until('the profile', () => /profiling again: there is little load/.test(server.log()));
  const child = await until(
    'its first visit',
    () => states(scratch).includes('superseded') && holder(scratch),
  );
  return { server, child };
}

/** The process that measures in the project folder. */
const holder = ({ folder }: Scratch): number =>
  Number(readFileSync(join(folder, '.thinfer/measuring-lock.pid'), 'utf8'));

processTest(
  'what has drifted is measured again, makes room for load, and comes into force; no request is lost',
  async (scratch) => {
    const { server } = await begun(scratch);
    await underLoad(server, 6, () => /profiling again was broken off/.test(server.log()));
    assert.match(server.log(), /broken off: (requests wait|batches keep \d+ % of the cores busy)/);
    assert.equal(states(scratch).filter((state) => state !== 'superseded').length, cells);
    const [asked] = (await askedOf(await openTiny(), slow, 20)).filter(({ items }) => items === 1);
    const ask = askRest(server);
    await until('the new profile', async () => {
      assert.equal(await ask(asked!), null);
      await sleep(1000);
      return /profiled again/.test(server.log());
    });
    const [, ratio] = /latencies are ([\d.]+) times the old ones/.exec(server.log()) ?? [];
    assert.ok(Number(ratio) > slowMs / fastMs / 2, server.log());
    assert.deepEqual(await endings(server), { done: 1, 'broken-off': 1, failed: 0 });
    assert.deepEqual(states(scratch), [...Array(cells).fill('superseded'), ...Array(cells).fill('measured')]);
    // It is held against the new profile.
    for (let request = 0; request < 60; request++) assert.equal(await ask(asked!), null);
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    const [, over] = /thinfer_latency_over_profile\{[^}]*\} ([\d.]+)/.exec(metrics) ?? [];
    assert.ok(Number(over) < slowMs / fastMs / 2, over);
    const { status, stderr } = await server.stop();
    assert.equal(status, 0, stderr);
    assert.deepEqual(bugsIn(stderr), []);
  },
);

processTest('SIGTERM breaks it off, and leaves nothing behind', async (scratch) => {
  const { server, child } = await begun(scratch);
  const { status, stderr } = await server.stop();
  assert.equal(status, 0, stderr);
  assert.match(stderr, /broken off: the server ends/);
  assert.equal(lives(child), false);
  assert.equal(states(scratch).filter((state) => state !== 'superseded').length, cells);
});

processTest('a server that is killed takes it along', async (scratch) => {
  const { server, child } = await begun(scratch);
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
  await until('its end', () => !lives(child));
});

processTest('hours that are none are refused', async (scratch) => {
  const { status, stderr } = await thinfer(scratch, ['serve', 'tiny', '--adapt', '--adapt-quiet', '1am-2am']);
  assert.equal(status, 2);
  assert.match(stderr, /--adapt-quiet: "1am-2am" is not off, always, or hours such as 22:30-05:00/);
});
