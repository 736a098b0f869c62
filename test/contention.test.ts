/** Plans from cells measured alone, and the contention model that profiles and trials leave behind. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { readMachine } from '../src/machine/index.ts';
import type { ExplainedAnswer } from '../src/plan/index.ts';
import type { TrialResult } from '../src/trial/index.ts';
import { type Ended, thinfer } from './support/command.ts';
import { databaseFile, query } from './support/database.ts';
import { processTest, type Scratch } from './support/process-test.ts';

const cores = readMachine().usable.length;
const settings = ['tiny', '--engine', 'null:delay=2,item-delay=0.5', '--cores', '2', '--items', '4'];

async function run(scratch: Scratch, ...words: readonly string[]): Promise<Ended> {
  const ended = await thinfer(scratch, words);
  assert.equal(ended.status, 0, ended.stderr);
  return ended;
}

async function profile(scratch: Scratch, ...words: readonly string[]): Promise<void> {
  await run(scratch, 'profile', ...settings, '--warmup', '1', '--iterations', '5', ...words);
}

async function plan(scratch: Scratch, ...words: readonly string[]): Promise<ExplainedAnswer> {
  return JSON.parse((await run(scratch, 'plan', ...settings, ...words, '--json')).stdout) as ExplainedAnswer;
}

const pairsOf = (scratch: Scratch): number[] =>
  query(databaseFile(scratch), "SELECT json_array_length(json, '$.pairs') AS pairs FROM contention").map(
    ({ pairs }) => Number(pairs),
  );

describe('plans from cells measured alone', { skip: cores < 2 && 'one core only' }, () => {
  processTest('say so, and use the contention model once there are pairs', async (scratch) => {
    const grid = ['--threads', '1', '--batches'];
    await profile(scratch, '--mode', 'alone', ...grid, '1,2,3,4');
    assert.deepEqual(pairsOf(scratch), [0]);
    const lone = await plan(scratch, '--cells', 'measured');
    assert.equal(lone.best.cells, 'alone');
    assert.match((await run(scratch, 'plan', ...settings)).stdout, /nothing is known of contention here/);
    await profile(scratch, '--mode', 'together', ...grid, '1,3,4');
    assert.deepEqual(pairsOf(scratch), [3]);
    const modelled = await plan(scratch, '--mode', 'alone', '--cells', 'measured');
    assert.equal(modelled.best.cells, 'alone-with-contention');
    const width = ({ best: { interval } }: ExplainedAnswer): number => interval![1] / interval![0];
    assert.deepEqual(modelled.best.groups, lone.best.groups);
    assert.ok(width(modelled) > width(lone));
    // The null engine's instances don't slow each other down.
    assert.ok(Math.abs(modelled.best.predictedMs / lone.best.predictedMs - 1) < 0.5);
    assert.match(
      (await run(scratch, 'plan', ...settings, '--mode', 'alone')).stdout,
      /made longer by the contention model of this machine/,
    );
    const mixed = await plan(scratch, '--cells', 'measured');
    assert.deepEqual(
      [mixed.best.groups, mixed.best.cells],
      [[{ instances: 2, threads: 1, batch: 2 }], 'alone-with-contention'],
    );
    const together = await plan(scratch, '--mode', 'together', '--cells', 'measured');
    assert.equal(together.best.cells, 'together');
    assert.equal(together.table.measured, 3);
  });

  processTest('learn from a trial what their instances take together', async (scratch) => {
    await profile(scratch, '--mode', 'alone', '--threads', '1', '--batches', '2,4');
    await run(scratch, 'try', ...settings, '--budget', '1ms', '--plans', '1');
    assert.deepEqual(pairsOf(scratch), [1]);
  });
});

describe('the prediction of a trial', () => {
  processTest('states where the time is to lie, and says whether it did', async (scratch) => {
    const words = [...settings.slice(0, 3), '--cores', '1', '--items', '2'];
    await run(scratch, 'profile', ...words, '--mode', 'together', '--batches', '2', '--budget', '3s');
    const { stdout } = await run(scratch, 'try', ...words, '--budget', '1ms', '--json');
    const [best] = (JSON.parse(stdout) as TrialResult).configurations;
    const { ratio, stated, within } = best!.prediction!;
    assert.equal(ratio, best!.medianMs / best!.predictedMs!);
    assert.equal(within, stated![0] <= best!.medianMs && best!.medianMs <= stated![1]);
    const table = await run(scratch, 'try', ...words, '--budget', '1ms');
    assert.match(table.stdout, /\nMeasured against predicted: plan = .*(within|outside) the stated /);
  });
});
