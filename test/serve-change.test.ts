import assert from 'node:assert/strict';
import { ThinferError } from '../src/errors.ts';
import { readMachine } from '../src/machine/index.ts';
import type { Model } from '../src/model/index.ts';
import { type Group, parseGroups } from '../src/plan/index.ts';
import type { ServedModel } from '../src/serve/core/served-model.ts';
import type { WantedSet } from '../src/serve/core/set-change.ts';
import type { StartedModel } from '../src/serve/core/start-model.ts';
import { defaultSupervision } from '../src/serve/core/supervision.ts';
import type { SetChange } from '../src/serve/types.ts';
import { instancePids, processTest, sleep, until } from './support/process-test.ts';
import { instanceBytes, requestFor, serveModel } from './support/serve-core.ts';
import { openTiny } from './support/tiny.ts';

const { usable } = readMachine();

/** CPUs in turn, the first again where there are too few. */
function cpusOf(groups: readonly Group[]): number[][] {
  let next = 0;
  return groups.flatMap(({ instances, threads }) =>
    Array.from({ length: instances }, () =>
      Array.from({ length: threads }, () => usable[next++ % usable.length]!),
    ),
  );
}

const set = (text: string): readonly Group[] => parseGroups(text)!;

function wanted(started: StartedModel, text: string, how: Partial<WantedSet> = {}): WantedSet {
  const groups = set(text);
  const keys = started.spec.keysFor(groups);
  return { groups, keys, reason: 'a test', predicted: null, urgent: false, patient: false, ...how };
}

const changeTo = (started: StartedModel, text: string, how: Partial<WantedSet> = {}): Promise<SetChange> =>
  started.changeTo(wanted(started, text, how));

/** What an instance of the null engine answers, and whether a request is answered so. */
async function answerOf(served: ServedModel, model: Model, seed: number): Promise<string> {
  const { outputs, release } = await served.infer(requestFor(model, 1 + (seed % 3), seed)).result;
  const text = Buffer.concat(outputs[0]!.data).toString('base64');
  release();
  return text;
}

/** Clients that ask without a pause until they are told to stop; gives how many were answered. Fails on any wrong or missing answer. */
function load(served: ServedModel, model: Model, expected: readonly string[]): { stop(): Promise<number> } {
  let over = false;
  let answered = 0;
  const clients = Array.from({ length: 6 }, async (_, client) => {
    for (let turn = client; !over; turn += 6) {
      const seed = turn % expected.length;
      assert.equal(await answerOf(served, model, seed), expected[seed]);
      answered++;
    }
  });
  const all = Promise.all(clients);
  all.catch(() => {});
  return {
    stop: async () => {
      over = true;
      await all;
      return answered;
    },
  };
}

async function underLoad(
  served: ServedModel,
  model: Model,
  body: (answeredSoFar: () => number) => Promise<void>,
): Promise<void> {
  const expected: string[] = [];
  for (let seed = 0; seed < 12; seed++) expected.push(await answerOf(served, model, seed));
  const before = served.counts.success.count;
  const clients = load(served, model, expected);
  try {
    await body(() => served.counts.success.count - before);
  } finally {
    const answered = await clients.stop();
    assert.equal(served.counts.success.count - before, answered);
    assert.equal(served.counts.fail.count, 0);
  }
}

processTest(
  'sets take over from each other under load, and no request is lost or answered wrongly',
  async () => {
    const model = await openTiny();
    await serveModel(
      model,
      { engine: 'null:delay=3', groups: set('2x1x4'), cpusOf },
      async (served, started) => {
        await underLoad(served, model, async (answered) => {
          for (const [at, text] of ['1x2x8', '2x1x4', '1x1x2', '2x1x2', '1x2x4'].entries()) {
            const change = await changeTo(started, text);
            assert.equal(change.state, 'done');
            // To ⟨1,1,2⟩ one goes, and none comes.
            assert.equal(change.way, at === 2 ? 'batches' : 'beside');
            assert.equal(change.loadCpuMs > 0, at !== 2);
            assert.ok(change.durationMs! > 0 && change.lossShare === 0);
            assert.deepEqual(served.plan.groups, set(text));
            assert.equal(served.plan.source, 'adapted');
            const before = answered();
            await until(`answers of set ${at}`, () => answered() > before + 20);
            await until(
              'the end of those that went',
              () => instancePids().length === served.instances.length,
            );
          }
        });
        assert.equal(served.changes.length, 5);
        // ⟨1,1,2⟩ becomes ⟨2,1,2⟩: one stays, one comes.
        const { kept, started: come, retired } = served.changes[3]!;
        assert.deepEqual({ kept, come, retired }, { kept: 1, come: 1, retired: 0 });
      },
    );
  },
);

processTest(
  'a set that differs in its batches alone takes over at once, with the same processes',
  async () => {
    const model = await openTiny();
    await serveModel(model, { engine: 'null', groups: set('2x1x4'), cpusOf }, async (served, started) => {
      const pids = instancePids();
      const change = await changeTo(started, '2x1x8');
      assert.equal(change.way, 'batches');
      assert.deepEqual(instancePids(), pids);
      assert.equal(served.maxBatch, 8);
      await Promise.all(Array.from({ length: 40 }, (_, seed) => answerOf(served, model, seed)));
      assert.ok(Math.max(...served.counts.batches.keys()) > 4);
    });
  },
);

processTest('where new instances fail, the old set serves on', async () => {
  const model = await openTiny();
  await serveModel(
    model,
    { engine: 'null:delay=2', groups: set('2x1x4'), cpusOf },
    async (served, started) => {
      const before = instancePids();
      await underLoad(served, model, async () => {
        const failing = changeTo(started, '1x2x8');
        const [victim] = await until('the new instance', () => {
          const come = instancePids().filter((pid) => !before.includes(pid));
          return come.length > 0 ? come : null;
        });
        process.kill(victim!, 'SIGKILL');
        await assert.rejects(
          failing,
          (error) => error instanceof ThinferError && error.code === 'instance-failed',
        );
        await until('no instance but the old ones', () => instancePids().join() === before.join());
        assert.equal(served.changes.at(-1)!.state, 'failed');
        assert.match(served.changes.at(-1)!.error!, /SIGKILL/);
        assert.deepEqual(served.plan.groups, set('2x1x4'));
        assert.equal((await changeTo(started, '1x2x8')).state, 'done');
      });
    },
  );
});

processTest('an old instance that dies while the set is changed costs nobody an answer', async () => {
  const model = await openTiny();
  const supervision = { ...defaultSupervision, backOffMs: 10 };
  await serveModel(
    model,
    { engine: 'null:delay=2', groups: set('2x1x4'), cpusOf, rules: { supervision } },
    async (served, started) => {
      await underLoad(served, model, async () => {
        const [victim] = instancePids();
        const change = changeTo(started, '1x2x8');
        process.kill(victim!, 'SIGKILL');
        assert.equal((await change).state, 'done');
        await until('one instance', () => instancePids().length === 1);
      });
      assert.equal(served.instances.length, 1);
    },
  );
});

processTest('where memory does not hold two sets, instances are replaced one after the other', async () => {
  const model = await openTiny();
  let availableBytes = Number.POSITIVE_INFINITY;
  await serveModel(
    model,
    { engine: 'null:delay=3', groups: set('2x1x4'), cpusOf, availableBytes: () => availableBytes },
    async (served, started) => {
      availableBytes = instanceBytes / 2;
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, instancePids().length)), 20).unref();
      await underLoad(served, model, async () => {
        const change = await changeTo(started, '1x2x8');
        assert.equal(change.way, 'in-turn');
        // All go before the one comes.
        assert.equal(change.lossShare, 1);
        assert.deepEqual(served.plan.groups, set('1x2x8'));
        const back = await changeTo(started, '2x1x4');
        assert.equal(back.way, 'in-turn');
      });
      clearInterval(watch);
      assert.ok(most <= 2, `${most} at once`);
      assert.equal(served.instances.length, 2);
    },
  );
});

processTest('replacing that fails halfway puts back what went', async () => {
  const model = await openTiny();
  let availableBytes = Number.POSITIVE_INFINITY;
  const supervision = { ...defaultSupervision, backOffMs: 10 };
  await serveModel(
    model,
    {
      ...{ engine: 'null:delay=2', groups: set('2x1x4'), cpusOf, rules: { supervision } },
      availableBytes: () => availableBytes,
    },
    async (served, started) => {
      availableBytes = 0;
      const before = instancePids();
      await underLoad(served, model, async () => {
        const failing = changeTo(started, '1x2x8');
        failing.catch(() => {});
        const victim = await until('the new instance alone', () => {
          const [only, ...others] = instancePids();
          return only !== undefined && others.length === 0 && !before.includes(only) ? only : null;
        });
        process.kill(victim, 'SIGKILL');
        await assert.rejects(failing, { code: 'instance-failed' });
        await until('two instances', () => instancePids().length === 2);
        assert.deepEqual(served.plan.groups, set('2x1x4'));
      });
      assert.deepEqual(
        served.instances.map(({ threads, largestBatch }) => [threads, largestBatch]),
        [
          [1, 4],
          [1, 4],
        ],
      );
    },
  );
});

processTest('a model that goes in the middle of a change leaves no process behind', async () => {
  const model = await openTiny();
  await serveModel(model, { engine: 'null', groups: set('2x1x4'), cpusOf }, async (served, started) => {
    const change = changeTo(started, '1x2x8');
    change.catch(() => {});
    await until('a third instance', () => instancePids().length > 2);
    await assert.rejects(changeTo(started, '1x1x1'), { code: 'busy' });
    await served.close(1000);
    await assert.rejects(change);
    assert.deepEqual(instancePids(), []);
  });
});

processTest('indexes of instances that are gone are used again', async () => {
  const model = await openTiny();
  await serveModel(model, { engine: 'null', groups: set('2x1x4'), cpusOf }, async (served, started) => {
    await underLoad(served, model, async () => {
      // Whole sets take a second each; this is about what the server keeps of them.
      for (let turn = 0; turn < 3; turn++)
        for (const text of ['1x1x4', '2x1x4']) await changeTo(started, text);
      await sleep(50);
    });
    assert.ok(
      served.instances.every(({ index }) => index < 3),
      'indexes are used again',
    );
  });
});

processTest(
  'instances that are in the set no more stand by where they may, and take over at once',
  async () => {
    const model = await openTiny();
    let available = 100 * instanceBytes;
    const rules = { standbyReserveBytes: 10 * instanceBytes };
    const options = { engine: 'null:delay=3', groups: set('2x1x4'), cpusOf, rules };
    await serveModel(model, { ...options, availableBytes: () => available }, async (served, started) => {
      await underLoad(served, model, async () => {
        const pids = served.instances.map(({ pid }) => pid);
        await changeTo(started, '1x2x4');
        assert.deepEqual(
          served.standingBy.map(({ pid }) => pid),
          pids,
        );
        const back = await changeTo(started, '2x1x2');
        assert.deepEqual([back.way, back.restored, back.started, back.retired], ['standby', 2, 0, 1]);
        assert.deepEqual(
          served.instances.map(({ pid, largestBatch }) => [pid, largestBatch]),
          pids.map((pid) => [pid, 2]),
        );
        assert.equal(served.standingBy.length, 1);

        // One that dies while it stands by is loaded again when it is wanted.
        process.kill(served.standingBy[0]!.pid!, 'SIGKILL');
        await until('it is gone', () => served.standingBy.length === 0);
        const anew = await changeTo(started, '1x2x4');
        assert.deepEqual([anew.way, anew.restored, anew.started], ['beside', 0, 1]);

        // What stands by goes first where memory runs short.
        assert.equal(served.standingBy.length, 2);
        available = instanceBytes / 2;
        const other = await changeTo(started, '2x2x1');
        assert.deepEqual([other.way, other.started], ['beside', 1]);
        assert.equal(served.standingBy.length, 1);
        await until('it is gone', () => instancePids().length === served.instances.length + 1);
      });
    });
  },
);

processTest('a set is loaded to stand by, while the other one serves', async () => {
  const model = await openTiny();
  const rules = { standbyReserveBytes: 0 };
  const options = { engine: 'null:delay=3', groups: set('1x2x4'), cpusOf, rules };
  await serveModel(model, options, async (served, started) => {
    await underLoad(served, model, async (answered) => {
      assert.equal(await started.prepare(wanted(started, '2x1x4')), true);
      assert.equal(served.plan.groups[0]!.threads, 2);
      assert.deepEqual(
        served.standingBy.map(({ threads, batches }) => [threads, batches]),
        [
          [1, 0],
          [1, 0],
        ],
      );
      const before = answered();
      await until('requests go on', () => answered() > before);
      const change = await changeTo(started, '2x1x4');
      assert.deepEqual([change.way, change.restored, change.started], ['standby', 2, 0]);
    });
  });
});

processTest(
  'what is at hand takes over while others are loaded patiently, and these stand by then',
  async () => {
    const model = await openTiny();
    const rules = { standbyReserveBytes: 0 };
    const options = { engine: 'null:delay=3', groups: set('1x2x4'), cpusOf, rules };
    await serveModel(model, options, async (served, started) => {
      await underLoad(served, model, async () => {
        const slow = changeTo(started, '2x1x4', { patient: true });
        assert.equal(started.loadsPatiently, true);
        await assert.rejects(changeTo(started, '1x1x4'), /being changed already/);
        const quick = await changeTo(started, '1x2x2');
        assert.deepEqual([quick.state, quick.way], ['done', 'batches']);
        assert.equal((await slow).state, 'overtaken');
        assert.deepEqual(served.plan.groups, set('1x2x2'));
        assert.equal(served.standingBy.length, 2);
        assert.deepEqual([(await changeTo(started, '2x1x4')).way, served.changing], ['standby', null]);
        assert.deepEqual(served.changeTotals, {
          done: 2,
          failed: 0,
          overtaken: 1,
          ms: served.changeTotals.ms,
        });
      });
    });
  },
);

processTest('what is urgent takes the place of what is loaded patiently', async () => {
  const model = await openTiny();
  const options = { engine: 'null:delay=3', groups: set('1x2x4'), cpusOf };
  await serveModel(model, options, async (served, started) => {
    await underLoad(served, model, async () => {
      const slow = changeTo(started, '2x1x4', { patient: true });
      const prepared = await changeTo(started, '1x1x4', { urgent: true });
      assert.equal((await slow).state, 'overtaken');
      assert.deepEqual([prepared.state, prepared.started], ['done', 1]);
      assert.deepEqual(served.plan.groups, set('1x1x4'));
      await until('the others are gone', () => instancePids().length === 1);
      const waiting = changeTo(started, '2x1x4', { patient: true });
      const hurried = await changeTo(started, '2x1x2', { urgent: true });
      assert.deepEqual([(await waiting).state, hurried.way], ['done', 'batches']);
      await changeTo(started, '1x1x4');
      const stopped = started.prepare(wanted(started, '2x1x4', { patient: true }));
      await changeTo(started, '1x2x4', { urgent: true });
      assert.equal(await stopped, false);
      assert.equal(served.standingBy.length, 0);
    });
  });
});
