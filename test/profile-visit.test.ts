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
): Promise<void> {
  const instances = await Promise.all(
    engines.map((engine, index) =>
      Instance.start({ settings: settingsFor(model, engine), cpus: [usable[index % usable.length]!] }),
    ),
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
