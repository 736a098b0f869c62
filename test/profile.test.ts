import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Point } from '../src/profile/index.ts';
import { type Ended, thinfer } from './support/command.ts';
import { databaseFile, finishedPoints, query } from './support/database.ts';
import { processTest, type Scratch } from './support/process-test.ts';

/** What `profile --json` prints, as far as it is looked at here. */
interface Answer {
  readonly cells: number;
  readonly measured: number;
  readonly failed: number;
  readonly reused: number;
  readonly leftOut: number;
  readonly leftOutCells: readonly {
    readonly threads: number;
    readonly batch: number;
    readonly mode: string;
  }[];
  readonly points: readonly Point[];
}

const exact = ['--warmup', '1', '--iterations', '5'];
/** Disturbed, it would go on to the ceiling. */
const adaptive = ['--interval', '10%', '--budget', '4s'];
const one = ['--threads', '1', '--batches', '1', '--mode', 'alone'];

async function profile(scratch: Scratch, engine: string, ...words: string[]): Promise<Answer> {
  const ended = await thinfer(scratch, ['profile', 'tiny', '--engine', engine, '--json', ...words]);
  assert.equal(ended.status, 0, ended.stderr);
  return JSON.parse(ended.stdout) as Answer;
}

const fails = (ended: Ended, status: number, words: RegExp): void => {
  assert.equal(ended.status, status, ended.stderr);
  assert.match(ended.stderr, words);
};

/** Bytes of the samples of each replica, by the state of its point. */
const sampleSizes = (scratch: Scratch): Record<string, unknown>[] =>
  query(
    databaseFile(scratch),
    `SELECT point.id, state, warmups, replica, length(samples) / 16 AS runs FROM point
     JOIN visit ON visit.point = point.id JOIN replica ON replica.visit = visit.id ORDER BY point.id, visit.id, replica`,
  );

describe('thinfer profile', () => {
  processTest(
    'stores each visit as it goes, with raw samples, memory and what was read back',
    async (scratch) => {
      const { points } = await profile(scratch, 'null:delay=1', '--threads', '1', '--batches', '1', ...exact);
      const [point] = points;
      assert.equal(point?.state, 'measured');
      if (point?.state !== 'measured') return;
      assert.ok(point.memory.rssBytes > 1e7);
      assert.ok(point.stats.minMs >= 1 && point.stats.minMs <= point.stats.medianMs);
      assert.equal(point.readBack.cpus.length, point.replicas);
      for (const row of sampleSizes(scratch)) assert.equal(row['runs'], 5);
    },
  );

  processTest('runs exactly --warmup and --iterations, and gives each replica’s samples', async (scratch) => {
    const { points } = await profile(
      scratch,
      'null:delay=1',
      '--warmup',
      '2',
      '--iterations',
      '7',
      '--batches',
      '1,2',
    );
    for (const point of points) {
      assert.ok(point.state === 'measured');
      assert.equal(point.stats.count, 7 * point.replicas);
    }
    for (const row of sampleSizes(scratch)) assert.deepEqual([row['warmups'], row['runs']], [2, 7]);
    const other = await profile(
      scratch,
      'null:delay=1',
      '--warmup',
      '0',
      '--iterations',
      '4',
      '--batches',
      '1,2',
    );
    assert.equal(other.reused, 0, 'other numbers are measured, not taken from those');
    for (const point of other.points)
      assert.ok(point.state === 'measured' && point.stats.count === 4 * point.replicas);
  });

  processTest(
    'measures the most telling cells first, and no more than the budget allows',
    async (scratch) => {
      const words = ['--cores', '1', '--items', '4', '--batches', '1-8', ...exact];
      const { cells, points, leftOut, leftOutCells } = await profile(
        scratch,
        'null:delay=60',
        ...words,
        '--budget',
        '800ms',
      );
      assert.equal(cells, 8);
      assert.equal(points.length + leftOut, 8);
      assert.ok(points.length >= 1 && leftOut >= 1, `${points.length} measured, ${leftOut} left out`);
      assert.equal(points[0]!.settings.batch, 4, 'the batch that answers the question comes first');
      assert.ok(
        leftOutCells.some(({ batch }) => batch === 1),
        'the farthest comes last',
      );
      const rest = await profile(scratch, 'null:delay=60', ...words);
      assert.equal(rest.points.length, 8);
    },
  );

  processTest('--again measures anew and keeps the old samples', async (scratch) => {
    await profile(scratch, 'null:delay=1', ...one, ...exact);
    const old = query(databaseFile(scratch), 'SELECT * FROM replica');
    const again = await profile(scratch, 'null:delay=1', ...one, ...exact, '--again');
    assert.deepEqual([again.reused, again.measured], [0, 1]);
    const states = query(databaseFile(scratch), 'SELECT state, hash FROM point ORDER BY id');
    assert.deepEqual(
      states.map(({ state }) => state),
      ['superseded', 'measured'],
    );
    assert.equal(states[0]!['hash'], states[1]!['hash']);
    assert.deepEqual(query(databaseFile(scratch), 'SELECT * FROM replica').slice(0, old.length), old);
  });

  processTest(
    '--again-before measures anew what is older, keeps it in force until then, and goes on where it was broken off',
    async (scratch) => {
      const grid = ['--threads', '1', '--batches', '1-3', '--mode', 'alone', ...exact];
      const states = (): unknown[] =>
        query(databaseFile(scratch), 'SELECT state FROM point ORDER BY id').map(({ state }) => state);
      await profile(scratch, 'null:delay=1', ...grid);
      const before = ['--again-before', new Date().toISOString()];
      // No visit begins: nothing is set aside.
      const none = await profile(scratch, 'null:delay=1', ...grid, ...before, '--budget', '1ms');
      assert.ok(none.leftOut > 0);
      assert.equal(states().filter((state) => state !== 'superseded').length, 3);
      const rest = await profile(scratch, 'null:delay=1', ...grid, ...before);
      assert.equal(rest.reused, 3 - none.leftOut);
      assert.deepEqual(states(), [...Array(3).fill('superseded'), ...Array(3).fill('measured')]);
      const all = await profile(scratch, 'null:delay=1', ...grid, ...before);
      assert.deepEqual([all.reused, all.measured], [3, 3]);
    },
  );

  processTest('--again-before: a moment, and alone', async (scratch) => {
    const words = (...given: string[]) => thinfer(scratch, ['profile', 'tiny', '--again-before', ...given]);
    fails(await words('yesterday'), 2, /"yesterday" is not a moment such as/);
    fails(await words('2026-05-01T02:00Z', '--again'), 2, /not together with --adaptive or --again/);
  });

  processTest('without fixed numbers samples until the rule is content', async (scratch) => {
    const { points } = await profile(scratch, 'null:delay=3', ...one, ...adaptive);
    const [point] = points;
    assert.ok(point?.state === 'measured');
    const { trusted, visits } = point.verdict;
    assert.ok(!trusted || (visits >= 3 && point.stats.count >= 9));
  });

  processTest('goes on where a laxer rule had stopped', async (scratch) => {
    await profile(scratch, 'null:delay=3', ...one, '--warmup', '1', '--iterations', '3');
    const before = finishedPoints(databaseFile(scratch));
    const { points, reused } = await profile(scratch, 'null:delay=3', ...one, '--interval', '10%');
    assert.equal(reused, 0);
    assert.ok(points[0]!.state === 'measured');
    const { trusted, visits } = points[0]!.verdict;
    assert.ok(visits >= 2 && (!trusted || visits >= 3));
    assert.deepEqual([...finishedPoints(databaseFile(scratch)).keys()], [...before.keys()]);
  });

  processTest('records a batch that memory can not hold as that, and goes on', async (scratch) => {
    const words = [
      '--threads',
      '1',
      '--batches',
      '1,2,400000000',
      '--items',
      '2',
      '--mode',
      'together',
      ...exact,
    ];
    const { measured, failed, points } = await profile(scratch, 'null', ...words);
    assert.deepEqual([measured, failed], [2, 1]);
    const point = points.find(({ state }) => state === 'failed');
    assert.ok(point?.state === 'failed' && point.failure === 'out-of-memory' && point.settings.batch === 4e8);
    const next = await profile(scratch, 'null', ...words);
    assert.equal(next.reused, 2, 'memory may be free now, so it is tried again');
    // The reason names the memory that can be had, which is another each time.
    const lasting = (list: readonly Point[]) =>
      list.map((one) => (one.state === 'failed' ? { ...one, measuredAt: '', message: '' } : one));
    assert.deepEqual(lasting(next.points), lasting(points));
  });

  processTest('measures ONNX Runtime as it measures the null engine', async (scratch) => {
    const { points } = await profile(scratch, 'onnxruntime', '--batches', '1,4', '--items', '4', ...exact);
    assert.ok(points.length >= 2);
    for (const point of points) assert.ok(point.state === 'measured' && point.stats.medianMs > 0);
  });

  processTest('refuses more threads than cores', async (scratch) => {
    const words = ['profile', 'tiny', '--engine', 'null', '--threads', '1,4096'];
    fails(await thinfer(scratch, words), 3, /\[machine\] 4096 threads are more than the \d+ cores/);
  });

  processTest('refuses numbers that are none, all at once', async (scratch) => {
    const words = [
      'profile',
      'tiny',
      '--batches',
      '0',
      '--warmup',
      '-1',
      '--iterations',
      'x',
      '--budget',
      'soon',
    ];
    const ended = await thinfer(scratch, words);
    for (const flag of ['batches', 'warmup', 'iterations', 'budget'])
      fails(ended, 2, new RegExp(`--${flag}: `));
  });
});
