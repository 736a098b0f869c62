/** A profile is disturbed for real, and says so. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { readMachine } from '../src/machine/index.ts';
import type { Point } from '../src/profile/index.ts';
import { type Ended, startProgram, startThinfer } from './support/command.ts';
import { makeQuotaGroup } from './support/cpu-quota.ts';
import { processTest } from './support/process-test.ts';

const measuredCpu = readMachine().usable[0]!;
const words = [
  'profile',
  'tiny',
  '--cores',
  '1',
  '--threads',
  '1',
  '--batches',
  '1',
  '--mode',
  'together',
  '--json',
];

/** The only point's disturbances, and how many of its visits were left out for the sake of others. */
function verdictOf({ status, stdout, stderr }: Ended) {
  assert.equal(status, 0, stderr);
  const { points } = JSON.parse(stdout) as { points: Point[] };
  const [point] = points;
  assert.ok(point?.state === 'measured');
  return { ...point.verdict, kinds: point.verdict.disturbances.map(({ kind }) => kind) };
}

describe('a profile', () => {
  for (const engine of ['null:delay=20', 'null:flops=2e7'])
    processTest(`of ${engine} beside a process that burns the measured core`, async (scratch) => {
      const hog = startProgram('taskset', ['-c', String(measuredCpu), process.execPath, '-e', 'for (;;);']);
      try {
        const exact = ['--engine', engine, '--warmup', '1', '--iterations', '10'];
        const { trusted, kinds, visits } = verdictOf(await startThinfer(scratch, [...words, ...exact]).ended);
        assert.equal(trusted, false);
        assert.ok(kinds.includes('foreign-load') || kinds.includes('pressure'), kinds.join());
        assert.equal(visits, 3, 'a disturbed visit is made again');
      } finally {
        hog.process.kill('SIGKILL');
        await hog.ended;
      }
    });

  processTest('under a CPU quota that it exceeds', async (scratch, context) => {
    const group = makeQuotaGroup(0.4);
    if (typeof group === 'string') return context.skip(group);
    try {
      const exact = ['--engine', 'null:flops=1e8', '--warmup', '1', '--iterations', '3'];
      const enter = ['sh', '-c', 'echo $$ > "$0" && exec "$@"', group.processes];
      const { trusted, kinds } = verdictOf(await startThinfer(scratch, [...words, ...exact], enter).ended);
      assert.equal(trusted, false);
      assert.ok(kinds.includes('throttled'), kinds.join());
    } finally {
      await group.remove();
    }
  });
});
