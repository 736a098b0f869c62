import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadEngine } from '../src/engine/index.ts';
import { ThinferError } from '../src/errors.ts';
import { type Model, openModel, resolveOutputs } from '../src/model/index.ts';
import { GraphBuilder } from '../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../src/model/zoo/weight-source.ts';
import { writeModel } from '../src/model/zoo/write-model.ts';
import { Chunks } from '../src/serve/chunks.ts';
import type { ServedModel } from '../src/serve/core/served-model.ts';
import type { ModelEvent } from '../src/serve/core/start-model.ts';
import { defaultSupervision } from '../src/serve/core/supervision.ts';
import { encodeStrings } from '../src/serve/oip/bytes.ts';
import type { InferRequest } from '../src/serve/types.ts';
import { processTest, until } from './support/process-test.ts';
import { requestFor, serveModel } from './support/serve-core.ts';
import { filledInputs, onMemory, openTiny, settingsFor } from './support/tiny.ts';

/** The engine's own answer, in this process. */
async function expectedFor(model: Model, items: number, seed: number): Promise<Float32Array> {
  const engine = await loadEngine(settingsFor(model, 'onnxruntime'));
  const outputs = resolveOutputs(model, { batch: items }).map(({ name, type, shape, bytes }) =>
    onMemory({ name, type, shape: shape!, bytes: bytes! }),
  );
  const binding = engine.bind(filledInputs(model, items, seed), outputs);
  await binding.run();
  const { data } = outputs[0]!;
  const values = new Float32Array(data.slice().buffer);
  await engine.close();
  return values;
}

async function answerOf(served: ServedModel, request: InferRequest): Promise<Float32Array> {
  const { outputs, release } = await served.infer(request).result;
  const bytes = Buffer.concat(outputs[0]!.data);
  release();
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs(actual[index]! - value) < 1e-4, `${index}: ${actual[index]}, not ${value}`);
}

/** All of a request but its inputs. */
const requestless = { id: 'x', outputs: null, deadlineMs: null, priority: 0 } as const;

const hasCode = (code: string) => (error: unknown) => error instanceof ThinferError && error.code === code;

processTest('answers equal the engine’s own, in whichever batch they ran', async () => {
  const model = await openTiny();
  await serveModel(model, {}, async (served) => {
    const cases = Array.from({ length: 60 }, (_, seed) => ({ seed, items: 1 + ((seed * 7) % 11) }));
    const expected = new Map<number, Float32Array>();
    for (const { seed, items } of cases) expected.set(seed, await expectedFor(model, items, seed));
    await Promise.all(
      cases.map(async ({ seed, items }) =>
        assertClose(await answerOf(served, requestFor(model, items, seed)), expected.get(seed)!),
      ),
    );
    assert.equal(served.counts.success.count, cases.length);
    assert.equal(
      served.counts.inferenceCount,
      cases.reduce((sum, { items }) => sum + items, 0),
    );
    assert.ok([...served.counts.batches.keys()].every((size) => size <= 4));
  });
});

processTest('a killed instance costs nobody an answer, and comes back', async () => {
  const model = await openTiny();
  const events: ModelEvent[] = [];
  await serveModel(
    model,
    {
      engine: 'null:delay=20',
      rules: { supervision: { ...defaultSupervision, backOffMs: 10 } },
      onEvent: (event) => events.push(event),
    },
    async (served) => {
      const answers: Promise<void>[] = [];
      const ask = async (seed: number): Promise<void> => {
        const answer = await answerOf(served, requestFor(model, 1, seed));
        const [input] = filledInputs(model, 1, seed);
        assert.deepEqual(answer, new Float32Array(input!.data.slice(0, 40).buffer));
      };
      for (let kill = 0; kill < 3; kill++) {
        answers.push(...Array.from({ length: 40 }, (_, seed) => ask(40 * kill + seed)));
        const { pid, index } = await until('a busy one', () =>
          served.instances.find(({ state }) => state === 'busy'),
        );
        process.kill(pid!, 'SIGKILL');
        await until(
          'its successor',
          () =>
            served.instances[index]!.restarts > 0 &&
            served.instances.every(({ pid: other }) => other !== pid && other !== null),
        );
      }
      await Promise.all(answers);
      // Also one that was idle.
      const { pid } = await until('an idle one', () =>
        served.instances.find(({ state }) => state === 'idle'),
      );
      process.kill(pid!, 'SIGKILL');
      await until('its successor', () =>
        served.instances.every((one) => one.pid !== pid && one.state === 'idle'),
      );
      assert.ok(events.filter(({ type }) => type === 'lost').length >= 4);
    },
  );
});

processTest(
  'instances that leak are replaced with batches behind others: each is answered once, rightly',
  async () => {
    const model = await openTiny();
    const started: ModelEvent[] = [];
    const leaking = { ...defaultSupervision, backOffMs: 1, leakFactor: 0, leakBytes: 0, memoryCheckMs: 20 };
    await serveModel(
      model,
      {
        engine: 'null',
        groups: [{ instances: 2, threads: 1, batch: 2 }],
        rules: { supervision: leaking },
        onEvent: (event) => event.type === 'started' && started.push(event),
      },
      async (served) => {
        const seeds = Array.from({ length: 40 }, (_, seed) => seed);
        const ask = (seed: number): Promise<Float32Array> => answerOf(served, requestFor(model, 1, seed));
        const alone: Float32Array[] = [];
        for (const seed of seeds) alone.push(await ask(seed));
        let answered = seeds.length;
        while (started.length < 12) {
          const answers = await Promise.all(seeds.map(ask));
          answered += answers.length;
          for (const [seed, answer] of answers.entries()) assert.deepEqual(answer, alone[seed]);
        }
        assert.equal(served.counts.success.count, answered);
        assert.equal(served.counts.fail.count, 0);
      },
    );
  },
);

processTest('where all instances are gone, requests wait for one, but not for ever', async () => {
  const model = await openTiny();
  const rules = { patienceMs: 60_000, supervision: { ...defaultSupervision, backOffMs: 10 } };
  const one = [{ instances: 1, threads: 1, batch: 2 }];
  await serveModel(model, { engine: 'null', groups: one, rules }, async (served) => {
    const { pid } = served.instances[0]!;
    process.kill(pid!, 'SIGKILL');
    await until('its loss', () => !served.ready);
    await Promise.all([1, 2, 3].map((seed) => answerOf(served, requestFor(model, 1, seed))));
  });
  const impatient = { patienceMs: 200, supervision: { ...defaultSupervision, backOffMs: 60_000 } };
  await serveModel(model, { engine: 'null', groups: one, rules: impatient }, async (served) => {
    process.kill(served.instances[0]!.pid!, 'SIGKILL');
    await until('its loss', () => !served.ready);
    await assert.rejects(served.infer(requestFor(model, 1)).result, hasCode('unavailable'));
    await assert.rejects(served.infer(requestFor(model, 1)).result, hasCode('unavailable'));
  });
});

processTest('slow readers keep their answers while others are served', async () => {
  const model = await openTiny();
  await serveModel(
    model,
    {
      engine: 'null',
      groups: [{ instances: 1, threads: 1, batch: 1 }],
    },
    async (served) => {
      const held = [];
      for (let seed = 0; seed < 20; seed++) held.push(await served.infer(requestFor(model, 1, seed)).result);
      for (const [seed, { outputs, release }] of held.entries()) {
        assert.deepEqual(
          Buffer.concat(outputs[0]!.data),
          Buffer.from(filledInputs(model, 1, seed)[0]!.data.slice(0, 40)),
        );
        release();
        release();
      }
    },
  );
});

processTest('deadlines, full queues and clients that left are dealt with before anything runs', async () => {
  const model = await openTiny();
  await serveModel(
    model,
    {
      engine: 'null:delay=100',
      groups: [{ instances: 1, threads: 1, batch: 1 }],
      rules: { dispatch: { mostWaiting: 4 } },
    },
    async (served) => {
      const first = served.infer(requestFor(model, 1)).result;
      await until('the run', () => served.instances[0]!.state === 'busy');
      const within = (ms: number): Partial<InferRequest> => ({ deadlineMs: performance.now() + ms });
      await assert.rejects(served.infer(requestFor(model, 1, 2, within(50))).result, hasCode('late'));
      const left = served.infer(requestFor(model, 1, 3));
      left.cancel();
      await assert.rejects(left.result, hasCode('interrupted'));
      const waiting = [4, 5, 6, 7].map((seed) => served.infer(requestFor(model, 1, seed)).result);
      await assert.rejects(served.infer(requestFor(model, 1, 8)).result, hasCode('overloaded'));
      for (const { release } of await Promise.all([first, ...waiting])) release();
      assert.equal(served.counts.executionCount, 5);
      assert.equal(served.counts.fail.count, 3);
    },
  );
});

processTest('what does not fit the model is refused in plain words', async () => {
  const model = await openTiny();
  await serveModel(model, { engine: 'null' }, async (served) => {
    const good = requestFor(model, 2);
    const [input] = good.inputs;
    const wrong: [Partial<InferRequest>, RegExp][] = [
      [{ inputs: [] }, /expected 1 inputs but got 0/],
      [{ inputs: [{ ...input!, name: 'x' }] }, /expected input 'input'/],
      [{ inputs: [{ ...input!, type: 'int32' }] }, /data-type is 'INT32'/],
      [{ inputs: [{ ...input!, shape: [2, 3, 8, 9] }] }, /Expected \[-1,3,8,8\], got \[2,3,8,9\]/],
      [{ inputs: [{ ...input!, shape: [-2, 3, 8, 8] }] }, /unexpected shape/],
      [{ inputs: [{ ...input!, shape: [3, 3, 8, 8] }] }, /Expected 2304, got 1536/],
      [{ outputs: ['nothing'] }, /unexpected inference output 'nothing'/],
    ];
    for (const [change, words] of wrong)
      await assert.rejects(served.infer({ ...good, ...change }).result, words);
  });
});

processTest('closing answers what was taken, and takes no more', async () => {
  const model = await openTiny();
  await serveModel(
    model,
    {
      engine: 'null:delay=30',
      groups: [{ instances: 1, threads: 1, batch: 1 }],
    },
    async (served) => {
      const taken = [1, 2, 3].map((seed) => answerOf(served, requestFor(model, 1, seed)));
      const closed = served.close(10_000);
      await assert.rejects(served.infer(requestFor(model, 1)).result, hasCode('unavailable'));
      assert.equal((await Promise.all(taken)).length, 3);
      await closed;
    },
  );
});

processTest('texts go through ONNX Runtime and back, whatever their lengths', async ({ folder }) => {
  const graph = new GraphBuilder('texts');
  const given = graph.input('texts', 'string', ['batch', 2]);
  graph.output('same', graph.op('Identity', [given]), 'string', ['batch', 2]);
  await writeModel(folder, 'texts', graph.build(), seededWeights());
  const model = await openModel({ model: join(folder, 'texts.onnx'), cacheDir: folder });
  await serveModel(model, {}, async (served) => {
    const rows = [
      ['', 'a'],
      ['ünïcödé 🙂', 'x'.repeat(100_000)],
      ['b', 'c'],
    ];
    const asked = rows.flatMap((row) => [row, [...row, ...row]]);
    const answers = asked.map(async (texts) => {
      const data = new Chunks([encodeStrings(texts)]);
      const input = { name: 'texts', type: 'string' as const, shape: [texts.length / 2, 2], data };
      const { outputs, release } = await served.infer({ ...requestless, inputs: [input] }).result;
      const answer = Buffer.concat(outputs[0]!.data);
      release();
      assert.deepEqual(answer, Buffer.from(encodeStrings(texts)));
    });
    await Promise.all(answers);
    const broken = {
      name: 'texts',
      type: 'string' as const,
      shape: [1, 2],
      data: new Chunks([Buffer.from([1, 0, 0, 0, 255, 0, 0, 0, 0])]),
    };
    await assert.rejects(served.infer({ ...requestless, inputs: [broken] }).result, /not UTF-8/);
  });
});
