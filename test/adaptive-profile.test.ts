import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Point } from '../src/profile/index.ts';
import { thinfer } from './support/command.ts';
import { processTest, type Scratch } from './support/process-test.ts';

const engine = ['--engine', 'null:delay=1,item-delay=0.5'];

async function profile(scratch: Scratch, ...words: string[]): Promise<{ points: Point[]; reused: number }> {
  const ended = await thinfer(scratch, [
    'profile', 'tiny', ...engine, '--iterations', '3', '--json', ...words,
  ]); // biome-ignore format: words of a command
  assert.equal(ended.status, 0, ended.stderr);
  return JSON.parse(ended.stdout);
}

describe('thinfer profile --adaptive', () => {
  processTest('measures few cells, from which every plan asked for is made', async (scratch) => {
    const grid = ['--plan-items', '8,16,32', '--plan-cores', '1,2', '--items', '32'];
    const { points } = await profile(scratch, '--adaptive', ...grid);
    assert.ok(points.length >= 3 && points.length < 12, `${points.length} cells of 12`);
    assert.ok(points.every(({ settings }) => settings.mode === 'together' && settings.cores === 2));
    for (const items of ['8', '32']) {
      const ended = await thinfer(scratch, ['plan', 'tiny', ...engine, '--items', items, '--json']);
      assert.equal(ended.status, 0, ended.stderr);
      const { best } = JSON.parse(ended.stdout);
      // The null engine divides its items' delay by the threads, so every set of all cores is as fast.
      assert.ok(best.predictedMs > 1 + Number(items) * 0.25 && best.cores <= 2);
      assert.equal(best.fitted, false, 'the cells of the plan are measured');
    }
    const again = await profile(scratch, '--adaptive', ...grid);
    assert.deepEqual(again.points.map(({ hash }) => hash).sort(), points.map(({ hash }) => hash).sort());
  });

  processTest('measures as many cells as it is told, and the plan’s own', async (scratch) => {
    const { points } = await profile(scratch, '--adaptive', '--items', '16', '--measurements', '2');
    assert.equal(points.length, 2);
  });

  processTest('refuses flags that contradict each other', async (scratch) => {
    const refused = async (words: string[], status: number, problem: RegExp): Promise<void> => {
      const ended = await thinfer(scratch, ['profile', 'tiny', ...engine, ...words]);
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, problem);
    };
    await refused(['--plan-items', '8'], 2, /--plan-items: only an adaptive profile/);
    await refused(['--adaptive', '--mode', 'alone'], 2, /made from cells measured together/);
    await refused(['--adaptive', '--plan-cores', '99'], 3, /--plan-cores 99: only \d+ cores/);
    await refused(['--adaptive', '--threads', '99'], 3, /99 threads are more than/);
  });
});
