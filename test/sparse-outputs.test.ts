/** Outputs whose shape depends on the inputs' values, through the arena and through the command. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ThinferError } from '../src/errors.ts';
import { Instance } from '../src/instance/index.ts';
import { readMachine } from '../src/machine/index.ts';
import { type Model, openModel, resolveInputs } from '../src/model/index.ts';
import { thinfer } from './support/command.ts';
import { processTest, type Scratch } from './support/process-test.ts';
import { sparseModels, writeSparseModel } from './support/sparse-models.ts';
import { filledInputs, settingsFor } from './support/tiny.ts';

const cpus = [readMachine().usable.at(-1)!];
const hangMs = 60_000;

async function openSparse(name: (typeof sparseModels)[number], { folder }: Scratch): Promise<Model> {
  const file = await writeSparseModel(name, join(folder, 'models'));
  return openModel({ model: file, cacheDir: join(folder, 'cache') });
}

/** Inputs as filled from a seed; with a scale, every number times that. */
function inputsOf(model: Model, batch: number, seed: number, scale = 1) {
  return filledInputs(model, batch, seed).map((input) => {
    const values = new Float32Array(input.data.buffer).map((value) => value * scale);
    return { ...input, values, data: new Uint8Array(values.buffer) };
  });
}

type Inputs = ReturnType<typeof inputsOf>;

/** What ONNX Runtime answers in this process: shape and bytes of each output. */
async function answerHere(session: InferenceSession, inputs: Inputs) {
  const feeds = inputs.map(({ name, values, shape }) => [name, new Tensor('float32', values, shape)]);
  const answer = await session.run(Object.fromEntries(feeds));
  return session.outputNames.map((name) => {
    const { dims, data } = answer[name]!;
    const { buffer, byteOffset, byteLength } = data as Float32Array;
    return {
      name,
      shape: [...dims],
      data: new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)),
    };
  });
}

function feed(instance: Instance, inputs: Inputs): void {
  for (const { name, data } of inputs) instance.input(name).set(data);
}

/** Shape and bytes of each output, out of the arena. */
const answerOf = (instance: Instance) =>
  instance.outputs.map(({ name, shape }) => ({ name, shape, data: instance.output(name).slice() }));

describe('outputs whose shape depends on values', () => {
  for (const name of sparseModels)
    processTest(`${name}: an instance gives what a session gives, run for run`, async (scratch) => {
      const model = await openSparse(name, scratch);
      const session = await InferenceSession.create(model.file, { intraOpNumThreads: 1 });
      const instance = await Instance.start({ settings: settingsFor(model, 'onnxruntime'), cpus });
      const shapes = new Set<string>();
      try {
        for (const batch of [2, 5]) {
          await instance.bind(resolveInputs(model, { batch }), null);
          const open = instance.outputs.filter(({ shape }) => shape === null);
          assert.equal(open.length, 1, 'known only after a run');
          for (const [seed, scale, count] of [
            [1, 1, 1],
            [2, 1, 3],
            [3, 0, 2],
            [4, 1, 1],
          ] as const) {
            const inputs = inputsOf(model, batch, seed, scale);
            feed(instance, inputs);
            const { endNs } = await instance.run({ count, hangMs });
            assert.equal(endNs.length, count);
            const answer = await answerHere(session, inputs);
            assert.deepEqual(answerOf(instance), answer);
            shapes.add(JSON.stringify(answer.map(({ shape }) => shape)));
          }
        }
        assert.ok(shapes.size >= 5, `the inputs gave only the shapes ${[...shapes].join(' ')}`);
      } finally {
        await instance.close();
        await session.release();
      }
    });

  processTest(
    'that take more than was set aside are refused by name, and come when bound anew',
    async (scratch) => {
      const model = await openSparse('non-zero', scratch);
      const session = await InferenceSession.create(model.file, { intraOpNumThreads: 1 });
      const instance = await Instance.start({ settings: settingsFor(model, 'onnxruntime'), cpus });
      try {
        const tensors = resolveInputs(model, { batch: 3 });
        const inputs = inputsOf(model, 3, 1);
        const positive = { name: 'positive', type: 'float32', shape: [3, 8], bytes: 96 } as const;
        const where = { name: 'where', type: 'int64', shape: null } as const;
        await instance.bind(tensors, [positive, { ...where, bytes: 64 }]);
        feed(instance, inputs);
        await instance.run({ hangMs });
        const answer = await answerHere(session, inputs);
        const { shape, bytes } = instance.outputs[1]!;
        assert.deepEqual(shape, answer.find((output) => output.name === 'where')!.shape);
        assert.deepEqual(
          instance.output('positive'),
          answer.find((output) => output.name === 'positive')!.data,
        );
        assert.throws(
          () => instance.output('where'),
          (error) =>
            error instanceof ThinferError &&
            error.code === 'shape-invalid' &&
            error.message.includes(`"where" of shape 2x${shape?.[1]} takes ${bytes} bytes, and only 64`),
        );
        await instance.bind(tensors, [positive, { ...where, bytes }]);
        feed(instance, inputs);
        await instance.run({ hangMs });
        assert.deepEqual(instance.output('where'), answer.find((output) => output.name === 'where')!.data);
      } finally {
        await instance.close();
        await session.release();
      }
    },
  );

  for (const name of sparseModels)
    processTest(`${name}: is profiled and tried`, async (scratch) => {
      const { file } = await openSparse(name, scratch);
      const short = ['--items', '2', '--cores', '1', '--json', '--cache', join(scratch.folder, 'cache')];
      const exact = ['--warmup', '1', '--iterations', '3'];
      const profiled = await thinfer(scratch, ['profile', file, ...short, ...exact]);
      assert.equal(profiled.status, 0, profiled.stderr);
      const { measured, failed } = JSON.parse(profiled.stdout) as { measured: number; failed: number };
      assert.ok(measured > 0);
      assert.equal(failed, 0, profiled.stdout);
      const tried = await thinfer(scratch, ['try', file, ...short, '--budget', '1s']);
      assert.equal(tried.status, 0, tried.stderr);
      assert.deepEqual((JSON.parse(tried.stdout) as { failures: unknown[] }).failures, []);
    });
});
