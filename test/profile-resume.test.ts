/** A profile is ended at any moment: what was finished stays, and the next run goes on. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe } from 'node:test';
import { seededRandom } from '../src/stats/index.ts';
import { type Ended, startThinfer, thinfer } from './support/command.ts';
import { databaseFile, finishedPoints, pointSet, query } from './support/database.ts';
import { instancePids, processTest, type Scratch, sleep, until } from './support/process-test.ts';

/** One at a random moment of each of so many equal parts of a run: they cover it as more moments without order would. */
const kills = 12;
const exact = ['--warmup', '1', '--iterations', '3'];
const words = ['profile', 'tiny', '--engine', 'null:delay=6', '--threads', '1', '--batches', '1-6', ...exact];
/** Each batch alone and together. */
const points = 12;
const long = ['profile', 'tiny', '--engine', 'null:delay=600000', '--threads', '1', '--batches', '1'];

const succeeded = ({ status, stderr }: Ended): void => assert.equal(status, 0, stderr);

/** Kills a profile after a time, and proves that what was finished before is there to the byte. */
async function killAfter(ms: number, scratch: Scratch, project: string): Promise<'killed' | 'ended'> {
  const file = databaseFile(scratch, project);
  const running = startThinfer(scratch, [...words, '--project', project]);
  let ended: Ended | undefined;
  void running.ended.then((result) => (ended = result));
  await sleep(ms);
  // A reader beside the writer, at the last moment before the kill.
  const before = existsSync(file) ? finishedBeforeKill(file) : new Map<number, string>();
  running.process.kill('SIGKILL');
  const { signal, stderr } = await running.ended;
  assert.ok(signal === 'SIGKILL' || ended?.status === 0, stderr);
  if (existsSync(file)) {
    assert.deepEqual(query(file, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    const after = before.size > 0 ? finishedPoints(file) : before;
    for (const [id, text] of before) assert.equal(after.get(id), text);
  }
  return signal === 'SIGKILL' ? 'killed' : 'ended';
}

/** The file may be there before its tables are. */
function finishedBeforeKill(file: string): Map<number, string> {
  const tables = query(file, "SELECT name FROM sqlite_schema WHERE name = 'replica'");
  return tables.length === 0 ? new Map() : finishedPoints(file);
}

describe('a profile', () => {
  processTest(
    `killed at ${kills} random moments ends with the points of an unbroken run`,
    async (scratch) => {
      const began = Date.now();
      succeeded(await thinfer(scratch, [...words, '--project', 'unbroken']));
      const unbrokenMs = Date.now() - began;
      const expected = pointSet(databaseFile(scratch, 'unbroken'));
      assert.equal(expected.length, points);
      const random = seededRandom(Date.now());
      let project = 0;
      for (let kill = 0; kill < kills; ) {
        const moment = (kill + random()) / kills;
        const outcome = await killAfter(moment * Math.min(unbrokenMs, 1000), scratch, `p${project}`);
        if (outcome === 'killed') kill++;
        else assert.deepEqual(pointSet(databaseFile(scratch, `p${project++}`)), expected);
      }
      succeeded(await thinfer(scratch, [...words, '--project', `p${project}`]));
      assert.deepEqual(pointSet(databaseFile(scratch, `p${project}`)), expected);
    },
  );

  processTest('that is told again what it knows measures nothing', async (scratch) => {
    succeeded(await thinfer(scratch, words));
    const before = finishedPoints(databaseFile(scratch));
    const again = await thinfer(scratch, [...words, '--json']);
    const { measured, reused } = JSON.parse(again.stdout) as Record<string, unknown>;
    assert.deepEqual({ measured, reused }, { measured: points, reused: points });
    assert.deepEqual(finishedPoints(databaseFile(scratch)), before);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    processTest(`ended by ${signal} says what is kept, and goes on the next time`, async (scratch) => {
      const file = databaseFile(scratch);
      const running = startThinfer(scratch, words);
      await until('some points', () => existsSync(file) && finishedBeforeKill(file).size >= 3);
      running.process.kill(signal);
      const { status, stderr } = await running.ended;
      assert.equal(status, 130, stderr);
      assert.match(stderr, /\[interrupted\].*every finished visit is kept/);
      const kept = finishedPoints(file);
      assert.ok(kept.size >= 3);
      const next = await thinfer(scratch, [...words, '--json']);
      succeeded(next);
      const { reused, measured } = JSON.parse(next.stdout) as { reused: number; measured: number };
      assert.equal(reused, kept.size);
      assert.equal(measured, points);
      const all = finishedPoints(file);
      for (const [id, text] of kept) assert.equal(all.get(id), text);
    });

  for (const wait of [0, 20, 60, 100, 150, 250, 400])
    processTest(
      `interrupted ${wait} ms after its first instance began to start ends at once`,
      async (scratch) => {
        const running = startThinfer(scratch, long);
        await until('an instance', () => instancePids().length > 0);
        await sleep(wait);
        running.process.kill('SIGINT');
        const { status, stderr } = await running.ended;
        assert.equal(status, 130, stderr);
        assert.match(stderr, /\[interrupted\]/);
      },
    );

  for (const signal of ['SIGQUIT', 'SIGKILL'] as const)
    processTest(`ended by ${signal} in a long run leaves no instance`, async (scratch) => {
      const running = startThinfer(scratch, long);
      await until('an instance', () => instancePids().length > 0);
      await sleep(200);
      running.process.kill(signal);
      assert.equal((await running.ended).signal, signal);
    });
});

describe('two measuring commands in one project folder', () => {
  for (const command of [
    long,
    ['try', 'tiny', '--engine', 'null', '--config', '1x1x4', '--items', '4'],
    ['tune', 'tiny'],
  ])
    processTest(`the second, ${command[0]}, names the first and leaves it alone`, async (scratch) => {
      const first = startThinfer(scratch, long);
      await until('an instance', () => instancePids().length > 0);
      const second = await thinfer(scratch, command);
      assert.equal(second.status, 3, second.stderr);
      assert.match(second.stderr, new RegExp(`\\[busy\\].*process id ${first.pid} is measuring`));
      const elsewhere = await thinfer(scratch, [...words, '--project', 'elsewhere', '--batches', '1']);
      succeeded(elsewhere);
      first.process.kill('SIGKILL');
      await first.ended;
      succeeded(await thinfer(scratch, [...words, '--batches', '1']));
    });
});
