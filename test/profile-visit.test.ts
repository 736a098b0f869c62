/** One visit, with a filler on the cores that are left over. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { ThinferError } from '../src/errors.ts';
import { closeAll, Instance } from '../src/instance/index.ts';
import { readMachine } from '../src/machine/index.ts';
import { resolveInputs } from '../src/model/index.ts';
import { runVisit } from '../src/profile/index.ts';
import { processTest, sleep } from './support/process-test.ts';
import { openTiny, settingsFor, tinyOutput } from './support/tiny.ts';

const model = await openTiny();
const usable = readMachine().usable;

async function withInstances(
  engines: readonly string[],
  use: (instances: readonly Instance[]) => Promise<void>,
  threads = 1,
): Promise<void> {
  const instances = await Promise.all(
    engines.map((engine, index) => {
      const first = (index * threads) % usable.length;
      const settings = settingsFor(model, engine, threads);
      return Instance.start({ settings, cpus: usable.slice(first, first + threads) });
    }),
  );
  try {
    for (const instance of instances)
      await instance.bind(resolveInputs(model, { batch: 1 }), [tinyOutput(1)]);
    await use(instances);
  } finally {
    await closeAll(instances, true);
  }
}

const plan = ([replica, filler]: readonly Instance[], warmups: number | null) => ({
  set: { replicas: [replica!], filler: filler ?? null },
  warmups,
  shapeChanged: true,
  countFor: () => 5,
  expectedMs: null,
  slowestMs: () => null,
  largestBatch: 1,
  threads: 1,
});

const isFailed = (error: unknown): boolean =>
  error instanceof ThinferError && error.code === 'instance-failed';

describe('a visit', () => {
  for (const warmups of [0, 1, null])
    processTest(
      `with ${warmups ?? 'adaptive'} warm-ups counts the replica’s runs, not the filler’s`,
      async () => {
        await withInstances(['null:delay=10', 'null:delay=1'], async (instances) => {
          const visit = await runVisit(plan(instances, warmups));
          assert.equal(visit.replicas.length, 1);
          assert.equal(visit.replicas[0]!.durationNs.length, 5);
          assert.ok(warmups === null ? visit.warmups >= 2 : visit.warmups === warmups);
          for (const instance of instances) assert.equal(instance.failed, undefined);
        });
      },
    );

  const moreThreads = Math.min(2, usable.length);
  for (const [engine, threads, asked, difference] of [
    ['onnxruntime', 1, 1, null],
    ['onnxruntime', moreThreads, moreThreads, null],
    ['onnxruntime', 1, 3, 'asked for 3 threads, the engine has 1'],
    ['null', 1, 3, null],
  ] as const)
    processTest(
      `of ${engine} with ${threads} of ${asked} threads names ${difference ?? 'no lack'}`,
      async () => {
        const use = async (instances: readonly Instance[]): Promise<void> => {
          const { readBack } = await runVisit({ ...plan(instances, 1), threads: asked });
          const lacks = readBack.differences.filter((text) => text.includes('the engine has'));
          assert.deepEqual(lacks, difference === null ? [] : [difference]);
        };
        await withInstances([engine], use, threads);
      },
    );

  for (const [victim, index] of [
    ['replica', 0],
    ['filler', 1],
  ] as const)
    processTest(`whose ${victim} dies fails, once and for all to hear`, async () => {
      await withInstances(['null:delay=300', 'null:delay=300'], async (instances) => {
        const failing = assert.rejects(runVisit(plan(instances, 0)), isFailed);
        await sleep(150);
        process.kill(instances[index]!.pid, 'SIGKILL');
        await failing;
      });
    });
});
