import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from 'node:test';
import { loadEngine } from '../src/engine/index.ts';
import { ThinferError } from '../src/errors.ts';
import { Instance, InstanceCache, type InstanceOptions } from '../src/instance/index.ts';
import { type MemoryPolicy, monotonicNs, readMachine, readThreads } from '../src/machine/index.ts';
import { resolveInputs } from '../src/model/index.ts';
import { startProgram } from './support/command.ts';
import { lives, processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { filledInputs, onMemory, openTiny, settingsFor, tinyOutput } from './support/tiny.ts';

const model = await openTiny();
const usable = readMachine().usable;
const cpus = [usable.at(-1)!];
const support = resolve(import.meta.dirname, 'support');
const hangMs = 60_000;

async function withInstance(
  options: Partial<InstanceOptions>,
  use: (instance: Instance) => Promise<void>,
): Promise<void> {
  const instance = await Instance.start({ settings: settingsFor(model, 'onnxruntime'), cpus, ...options });
  try {
    await use(instance);
  } finally {
    await instance.close();
  }
}

/** Binds a batch, with the outputs given or to be asked for, and fills the input. */
async function bind(instance: Instance, batch: number, ask = false): Promise<void> {
  await instance.bind(resolveInputs(model, { batch }), ask ? null : [tinyOutput(batch)]);
  instance.input('input').set(filledInputs(model, batch)[0]!.data);
}

/** What the engine answers in this process. */
async function answerHere(engineName: string, batch: number): Promise<Uint8Array> {
  const engine = await loadEngine(settingsFor(model, engineName));
  const output = onMemory(tinyOutput(batch));
  await engine.bind(filledInputs(model, batch), [output]).run();
  await engine.close();
  return output.data;
}

const failsWith =
  (words: RegExp, code = 'instance-failed') =>
  (error: unknown) => {
    assert.ok(error instanceof ThinferError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };

describe('an instance', () => {
  processTest('is pinned from birth, with every thread it has', async () => {
    await withInstance(
      { settings: settingsFor(model, 'onnxruntime', usable.length), cpus: usable },
      async (all) => {
        await withInstance({ cpus }, async (one) => {
          for (const instance of [all, one]) {
            await bind(instance, 4);
            await instance.run({ count: 20, hangMs });
            const threads = readThreads(instance.pid);
            assert.ok(threads.length > 1);
            for (const { cpusAllowed, name } of threads) assert.deepEqual(cpusAllowed, instance.cpus, name);
          }
        });
      },
    );
  });

  processTest('runs where its parent may when it is not pinned', async () => {
    await withInstance({ cpus: null }, async (instance) => {
      const [thread] = readThreads(instance.pid);
      assert.deepEqual(thread!.cpusAllowed, readThreads('self')[0]!.cpusAllowed);
    });
  });

  for (const engine of ['onnxruntime', 'null'])
    processTest(`gives through the arena the bits that ${engine} gives in this process`, async () => {
      await withInstance({ settings: settingsFor(model, engine) }, async (instance) => {
        for (const ask of [false, true]) {
          await bind(instance, 3, ask);
          await instance.run({ hangMs });
          assert.deepEqual(instance.output('output'), await answerHere(engine, 3));
        }
      });
    });

  processTest('is bound to larger and smaller batches in turn, its arena growing under it', async () => {
    await withInstance({}, async (instance) => {
      for (const batch of [1, 700, 3, 5000, 1]) {
        await bind(instance, batch);
        await instance.run({ hangMs });
        assert.deepEqual(instance.output('output'), await answerHere('onnxruntime', batch), `batch ${batch}`);
      }
    });
  });

  processTest('asks the engine for the outputs’ shapes where nobody knows them', async () => {
    await withInstance({}, async (instance) => {
      await bind(instance, 6, true);
      assert.deepEqual(
        instance.outputs.map(({ name, type, shape, bytes }) => ({ name, type, shape, bytes })),
        [tinyOutput(6)],
      );
    });
  });

  processTest('runs as often as asked, not before the start and not after the end', async () => {
    await withInstance({ settings: settingsFor(model, 'null:delay=1') }, async (instance) => {
      await bind(instance, 1);
      const startNs = monotonicNs() + 20_000_000n;
      const { beginNs, endNs } = await instance.run({ count: 5, startNs, hangMs });
      assert.equal(beginNs.length, 5);
      assert.ok(beginNs[0]! >= startNs);
      assert.ok(
        beginNs.every((begin, run) => begin <= endNs[run]! && (run === 0 || begin >= endNs[run - 1]!)),
      );
      const untilNs = monotonicNs() + 10_000_000n;
      const some = await instance.run({ count: 1_000_000, untilNs, hangMs });
      assert.ok(some.beginNs.every((begin, run) => run === 0 || begin < untilNs));
      assert.ok(some.endNs.at(-1)! >= untilNs);
      assert.equal(
        (await instance.run({ untilNs: 1n, count: 9, hangMs })).beginNs.length,
        1,
        'at least once',
      );
    });
  });

  const policies: [MemoryPolicy, string][] = [
    [{ mode: 'default' }, 'default'],
    [{ mode: 'local' }, 'local'],
    [{ mode: 'bind', nodes: [0] }, 'bind:0'],
    [{ mode: 'interleave', nodes: [0] }, 'interleave:0'],
  ];
  for (const [memoryPolicy, text] of policies)
    processTest(`reads back the memory policy ${text}`, async (_, context) => {
      try {
        await withInstance({ memoryPolicy }, async ({ loaded }) => assert.equal(loaded.memoryPolicy, text));
      } catch (error) {
        if (!(error instanceof ThinferError) || error.code !== 'machine') throw error;
        context.skip(`the kernel refuses memory policies here: ${error.message}`);
      }
    });

  processTest('tells which engine answers, and the engine’s signature', async () => {
    await withInstance({}, async ({ loaded }) => {
      assert.equal(loaded.engine.name, 'onnxruntime');
      assert.deepEqual(loaded.signature.inputs, model.inputs);
      assert.deepEqual(loaded.signature.outputs, model.outputs);
    });
  });

  processTest('answers an engine’s refusal with its code, and lives on', async () => {
    await withInstance({}, async (instance) => {
      const [input] = resolveInputs(model, { batch: 2 });
      const wrong = { ...input!, shape: [2, 3, 16, 4] };
      await assert.rejects(
        instance.bind([wrong], [tinyOutput(2)]),
        failsWith(/does not fit/, 'shape-invalid'),
      );
      await bind(instance, 2);
      await instance.run({ hangMs });
      assert.deepEqual(instance.output('output'), await answerHere('onnxruntime', 2));
    });
  });

  processTest('that can not load its model gives the engine’s reason', async () => {
    const settings = { ...settingsFor(model, 'onnxruntime'), modelFile: import.meta.filename };
    await assert.rejects(
      Instance.start({ settings, cpus }),
      failsWith(/refuses this model/, 'model-invalid'),
    );
  });

  processTest('refuses an arena larger than the machine, and lives on', async () => {
    await withInstance({}, async (instance) => {
      const [input] = resolveInputs(model, { batch: 1 });
      const huge = { ...input!, shape: [2 ** 40, 3, 8, 8], bytes: 2 ** 40 * 768 };
      await assert.rejects(instance.bind([huge], [tinyOutput(1)]), failsWith(/larger than/, 'out-of-memory'));
      await bind(instance, 1);
      await instance.run({ hangMs });
    });
  });

  processTest('is closed at once while it runs, and by a second close too', async () => {
    const settings = settingsFor(model, 'null:delay=600000');
    const instance = await Instance.start({ settings, cpus });
    await bind(instance, 1);
    const running = assert.rejects(instance.run({ hangMs }), failsWith(/was closed/));
    await instance.close(true);
    await running;
    await instance.close();
    await assert.rejects(instance.run({ hangMs }), failsWith(/was closed/));
    await assert.rejects(bind(instance, 1), failsWith(/was closed/));
  });

  processTest('is ended while it starts, when its caller gives up', async () => {
    for (const wait of [0, 10, 50, 150]) {
      const abort = new AbortController();
      const started = Instance.start({
        settings: settingsFor(model, 'onnxruntime'),
        cpus,
        signal: abort.signal,
      });
      const outcome = started.then((instance) => instance.close(true), failsWith(/was closed/));
      await sleep(wait);
      abort.abort();
      await outcome;
    }
  });
});

describe('a cache of instances', () => {
  const key = { settings: settingsFor(model, 'null'), memoryPolicy: { mode: 'default' } as const };

  processTest('gives an equal one again, and starts another when it has died', async () => {
    const cache = new InstanceCache(1);
    const [first] = await cache.take([{ ...key, cpus }]);
    assert.deepEqual(await cache.take([{ ...key, cpus }]), [first]);
    process.kill(first!.pid, 'SIGKILL');
    await until('its end to be noticed', () => first!.failed);
    const [second] = await cache.take([{ ...key, cpus }]);
    assert.notEqual(second!.pid, first!.pid);
    assert.deepEqual(cache.pids, [second!.pid]);
    await cache.close();
  });

  processTest('that is closed while it starts some leaves none behind', async () => {
    for (const wait of [0, 30, 120]) {
      const cache = new InstanceCache(1);
      const taken = cache
        .take(usable.map((cpu) => ({ ...key, cpus: [cpu] })))
        .then(() => {}, failsWith(/closed/));
      await sleep(wait);
      await cache.close(true);
      await taken;
      await cache.close(true);
      await assert.rejects(cache.take([{ ...key, cpus }]), failsWith(/closed/));
    }
  });
});

describe('an instance that fails', () => {
  const command = (how: string): string[] => [process.execPath, `${support}/strange-child.ts`, how];

  processTest('by SIGKILL is noticed in the middle of a run', async () => {
    await withInstance({ settings: settingsFor(model, 'null:delay=600000') }, async (instance) => {
      await bind(instance, 1);
      const failing = assert.rejects(
        instance.run({ hangMs }),
        failsWith(/on CPUs \d+ was killed by SIGKILL/),
      );
      process.kill(instance.pid, 'SIGKILL');
      await failing;
      await assert.rejects(instance.run({ hangMs }), failsWith(/SIGKILL/));
    });
  });

  processTest('between two runs is noticed at the next', async () => {
    await withInstance({}, async (instance) => {
      await bind(instance, 1);
      process.kill(instance.pid, 'SIGSEGV');
      await until('its end to be noticed', () => instance.failed);
      await assert.rejects(instance.run({ hangMs }), failsWith(/died of SIGSEGV/));
    });
  });

  processTest('to answer in time is killed', async () => {
    await withInstance({ settings: settingsFor(model, 'null:delay=600000') }, async (instance) => {
      await bind(instance, 1);
      await assert.rejects(
        instance.run({ hangMs: 200 }),
        failsWith(/gave no answer within 200 ms and was killed/),
      );
      await until('its end', () => !lives(instance.pid));
    });
  });

  processTest('to start, for want of the program, says so', async () => {
    const starting = Instance.start({
      settings: settingsFor(model, 'null'),
      cpus,
      command: ['/no/such/engine'],
    });
    await assert.rejects(starting, failsWith(/ended with status 127; its last words: .*\/no\/such\/engine/));
  });

  processTest('before it greets gives its last words', async () => {
    const script = 'echo "libblas.so.3: no such file" >&2; exit 3';
    const starting = Instance.start({
      settings: settingsFor(model, 'null'),
      cpus,
      command: ['sh', '-c', script],
    });
    await assert.rejects(
      starting,
      failsWith(/ended with status 3; its last words: libblas\.so\.3: no such file/),
    );
  });

  const failures: [string, RegExp, string?][] = [
    ['silence', /gave no answer within 1500 ms and was killed/],
    ['garbage', /broke the protocol: the bytes are no frame/],
    ['frame of another version', /broke the protocol: protocol version 9/],
    ['frame of unknown kind', /broke the protocol: frame of unknown kind 7/],
    ['endless frame', /broke the protocol: frame of \d+ bytes/],
    ['another protocol', /speaks protocol 99, and thinfer speaks 1/],
    ['greets twice', /broke the protocol: answer 0 came where (1|none) was awaited/],
    ['wrong sequence', /broke the protocol: answer 2 came where 1 was awaited/],
    ['wrong answer', /broke the protocol: an unexpected closed/],
    ['no JSON', /broke the protocol: "\{\\"type\\":"/],
    ['unknown message', /broke the protocol: .*greetings/],
    ['runs unasked', /broke the protocol: a done frame came/],
    ['unknown code', /the licence has run out/, 'engine-failed'],
    ['hangs up', /closed its control descriptor and did not end/],
    ['no shapes', /did not tell the shapes/],
    ['no times', /told of 1 runs in 0 bytes, and 2 were asked for/],
    ['no runs', /told of 0 runs/],
    ['too many runs', /told of 9 runs in 144 bytes, and 2 were asked for/],
    ['unasked shapes', /told of 1 runs in 32 bytes/],
    [
      'dies',
      /ended with status 7; its last words: loading kernels\nfatal: illegal instruction in gemm_avx512$/,
    ],
    ['dies with children', /ended with status 9; its last words: fatal: out of luck/],
    ['hangs with children', /gave no answer within 1500 ms/],
  ];
  for (const [how, words, code] of failures)
    processTest(`with “${how}” is reported, and nothing is left`, async () => {
      const use = async (): Promise<void> => {
        // Generous where the deed itself is what is noticed.
        const loadTimeoutMs = /silence|hangs with/.test(how) ? 1500 : hangMs;
        await withInstance(
          { settings: settingsFor(model, 'null'), command: command(how), loadTimeoutMs },
          async (instance) => {
            await bind(instance, 1, how === 'no shapes');
            await instance.run({ count: 2, hangMs: loadTimeoutMs });
          },
        );
      };
      await assert.rejects(use, failsWith(words, code));
    });

  processTest('by talking over itself is reported at the next request at the latest', async () => {
    await withInstance(
      { settings: settingsFor(model, 'null'), command: command('talks over itself') },
      async (instance) => {
        await bind(instance, 1);
        await instance.run({ hangMs }).catch(() => {});
        await assert.rejects(instance.run({ hangMs }), failsWith(/answer 3 came where (none|4) was awaited/));
      },
    );
  });
});

describe('where a process can be given no low priority', () => {
  const idle = { policy: false, group: false };
  const isStopped = (pid: number): boolean => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

  processTest('it is stopped while others need its CPUs, and goes on in between', async () => {
    let needed = false;
    const areCpusNeeded = (): boolean => needed;
    await withInstance({ idle, areCpusNeeded }, async (instance) => {
      needed = true;
      await until('a stop', () => isStopped(instance.pid));
      // However much its CPUs are needed.
      await bind(instance, 1);
      await instance.run({ hangMs });
      needed = false;
      await until('its going on', () => !isStopped(instance.pid));
      needed = true;
      await until('another stop', () => isStopped(instance.pid));
      instance.raise();
      await until('its going on for good', () => !isStopped(instance.pid));
      await bind(instance, 2);
      await instance.run({ hangMs });
      assert.equal(isStopped(instance.pid), false);
    });
  });

  processTest('it is ended while it is stopped', async () => {
    let needed = false;
    const instance = await Instance.start({
      ...{ settings: settingsFor(model, 'onnxruntime'), cpus, idle, areCpusNeeded: () => needed },
    });
    needed = true;
    await until('a stop', () => isStopped(instance.pid));
    await instance.close();
    assert.equal(lives(instance.pid), false);
  });
});

describe('an engine in another language', () => {
  processTest('speaks the same protocol', async (_, context) => {
    if (spawnSync('python3', ['--version']).status !== 0)
      return context.skip('python3 is not installed; the identity engine is written in it');
    const command = ['python3', `${support}/identity_engine.py`];
    const [input] = resolveInputs(model, { batch: 4 });
    await withInstance({ settings: settingsFor(model, 'identity'), command }, async (instance) => {
      assert.deepEqual(instance.loaded.engine, { name: 'identity', version: '3' });
      await instance.bind([input!], null);
      const { data } = filledInputs(model, 4)[0]!;
      instance.input('input').set(data);
      const startNs = monotonicNs() + 5_000_000n;
      const { beginNs } = await instance.run({ count: 3, startNs, hangMs });
      assert.equal(beginNs.length, 3);
      assert.ok(beginNs[0]! >= startNs, 'one clock for all languages');
      // Asked, it named the output after the input.
      assert.deepEqual(instance.output('input'), data);
      const integers = { ...input!, type: 'int32' as const };
      await assert.rejects(instance.bind([integers], [integers]), failsWith(/only float32/, 'shape-invalid'));
      await instance.bind([input!], [tinyOutput(4)]);
      instance.input('input').set(data);
      await instance.run({ hangMs });
      assert.deepEqual(instance.output('output'), data.slice(0, 160));
      for (const { cpusAllowed } of readThreads(instance.pid)) assert.deepEqual(cpusAllowed, cpus);
    });
  });
});

describe('no instance outlives its parent in the middle of a run', () => {
  const parent = async ({ folder }: Scratch, how: string) => {
    // In the scratch folder, where a memory image may be written.
    const running = startProgram(process.execPath, [`${support}/long-run.ts`, how], { cwd: folder });
    const [line] = (await once(running.process.stdout!, 'data')) as [Buffer];
    return { ...running, instance: Number(line.toString('utf8')) };
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGKILL', 'SIGSEGV'] as const)
    processTest(`that ${signal} ends`, async (scratch) => {
      const running = await parent(scratch, 'signal');
      assert.ok(lives(running.instance));
      running.process.kill(signal);
      assert.equal((await running.ended).signal, signal);
      await until('the end of the instance', () => !lives(running.instance));
    });

  for (const how of ['exception', 'rejection', 'exit', 'abort'])
    processTest(`that ends by ${how}`, async (scratch) => {
      const running = await parent(scratch, how);
      const { status, signal } = await running.ended;
      assert.ok(status !== 0 || signal !== null);
      await until('the end of the instance', () => !lives(running.instance));
    });
});
