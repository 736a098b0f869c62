/** One contract over every engine. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import {
  describeEngine,
  type Engine,
  type EngineSettings,
  loadEngine,
  type MemoryTensor,
} from '../src/engine/index.ts';
import { ThinferError } from '../src/errors.ts';
import { processTest } from './support/process-test.ts';
import { filledInputs, onMemory, openTiny, settingsFor, tinyOutput } from './support/tiny.ts';

const model = await openTiny();
const engines = ['onnxruntime', 'null', 'null:delay=1,item-delay=0.5,flops=1e4'];

async function withEngine(settings: EngineSettings, use: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await loadEngine(settings);
  try {
    await use(engine);
  } finally {
    await engine.close();
  }
}

async function runOnce(
  engine: Engine,
  inputs: readonly MemoryTensor[],
  batch: number,
): Promise<Float32Array> {
  const output = onMemory(tinyOutput(batch));
  await engine.bind(inputs, [output]).run();
  return new Float32Array(output.data.buffer);
}

const hasCode = (code: string, words?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ThinferError, String(error));
  assert.equal(error.code, code, error.message);
  if (words !== undefined) assert.match(error.message, words);
  return true;
};

for (const name of engines)
  describe(`engine ${name}`, () => {
    const settings = settingsFor(model, name);

    processTest('tells its name, its version and the model’s signature', async () => {
      await withEngine(settings, async (engine) => {
        assert.equal(engine.name, name.split(':')[0]);
        assert.match(engine.version, /^\d/);
        assert.deepEqual(engine.signature.inputs, model.inputs);
        assert.deepEqual(engine.signature.outputs, model.outputs);
        assert.deepEqual(describeEngine(name), { name, version: engine.version });
      });
    });

    processTest('writes to the memory it was given, and reads the inputs anew on each run', async () => {
      await withEngine(settings, async (engine) => {
        const inputs = filledInputs(model, 2);
        const output = onMemory(tinyOutput(2));
        const binding = engine.bind(inputs, [output]);
        await binding.run();
        const first = output.data.slice();
        assert.ok(first.some((byte) => byte !== 0));
        inputs[0]!.data.set(filledInputs(model, 2, 7)[0]!.data);
        await binding.run();
        assert.notDeepEqual(output.data, first);
        inputs[0]!.data.set(filledInputs(model, 2)[0]!.data);
        await binding.run();
        assert.deepEqual(output.data, first);
      });
    });

    processTest('keeps several bindings apart', async () => {
      await withEngine(settings, async (engine) => {
        const [one, three] = [onMemory(tinyOutput(1)), onMemory(tinyOutput(3))];
        const first = engine.bind(filledInputs(model, 1), [one]);
        const second = engine.bind(filledInputs(model, 3), [three]);
        await second.run();
        await first.run();
        const before = [one.data.slice(), three.data.slice()];
        await second.run();
        assert.deepEqual([one.data, three.data], before);
      });
    });

    processTest(
      'tells the outputs’ shapes, and has nothing to collect for outputs that have one',
      async () => {
        await withEngine(settings, async (engine) => {
          const shapes = engine.outputShapes(filledInputs(model, 3));
          assert.deepEqual(shapes, [{ name: 'output', type: 'float32', shape: [3, 10] }]);
          const binding = engine.bind(filledInputs(model, 3), [onMemory(tinyOutput(3))]);
          await binding.run();
          assert.deepEqual(binding.collect(), []);
        });
      },
    );

    processTest('finds the shapes of outputs bound without one, and copies what fits', async () => {
      await withEngine(settings, async (engine) => {
        const inputs = filledInputs(model, 3);
        const expected = await runOnce(engine, inputs, 3);
        for (const bytes of [120, 200, 119]) {
          const data = new Uint8Array(bytes);
          const binding = engine.bind(inputs, [{ name: 'output', type: 'float32', shape: null, data }]);
          await binding.run();
          await binding.run();
          assert.deepEqual(binding.collect(), [[3, 10]]);
          const copied = new Uint8Array(bytes);
          if (bytes >= 120) copied.set(new Uint8Array(expected.buffer));
          assert.deepEqual(data, copied);
        }
      });
    });

    processTest('refuses inputs and outputs that do not fit, and goes on', async () => {
      await withEngine(settings, async (engine) => {
        const inputs = filledInputs(model, 2);
        const [input] = inputs as [MemoryTensor];
        const output = onMemory(tinyOutput(2));
        const refused: [RegExp, MemoryTensor[], MemoryTensor[]][] = [
          [/"input" is missing/, [], [output]],
          [/no input "image"/, [...inputs, { ...input, name: 'image' }], [output]],
          [/no output "answer"/, inputs, [{ ...output, name: 'answer' }]],
          [/is float32, not int32/, [{ ...input, type: 'int32' }], [output]],
          [/batchx3x8x8, and 2x3x4x16 does not fit/, [{ ...input, shape: [2, 3, 4, 16] }], [output]],
          [/2x192 does not fit/, [{ ...input, shape: [2, 192] }], [output]],
          [/takes 2304 bytes, not 1536/, [{ ...input, shape: [3, 3, 8, 8] }], [output]],
          [/takes 120 bytes, not 80/, inputs, [{ ...output, shape: [3, 10] }]],
        ];
        for (const [words, feeds, fetches] of refused)
          assert.throws(() => engine.bind(feeds, fetches), hasCode('shape-invalid', words));
        assert.throws(() => engine.outputShapes([]), hasCode('shape-invalid', /"input" is missing/));
        assert.ok((await runOnce(engine, inputs, 2)).some((value) => value !== 0));
      });
    });
  });

describe('ONNX Runtime', () => {
  processTest('gives the bits that onnxruntime-node gives when called directly', async () => {
    const inputs = filledInputs(model, 5);
    await withEngine(settingsFor(model, 'onnxruntime'), async () => {});
    // Not before our engine, which silences it.
    const ort = await import('onnxruntime-node');
    const session = await ort.InferenceSession.create(model.file, { intraOpNumThreads: 1 });
    const feed = new ort.Tensor('float32', new Float32Array(inputs[0]!.data.buffer), [5, 3, 8, 8]);
    const { output } = await session.run({ input: feed });
    const expected = output!.data as Float32Array;
    for (const threads of [1, 2])
      await withEngine(settingsFor(model, 'onnxruntime', threads), async (engine) => {
        assert.deepEqual(await runOnce(engine, inputs, 5), expected);
      });
    await session.release();
  });

  processTest('answers a batch as it answers each item alone, within 1e-5', async () => {
    await withEngine(settingsFor(model, 'onnxruntime'), async (engine) => {
      const inputs = filledInputs(model, 4);
      const together = await runOnce(engine, inputs, 4);
      for (let item = 0; item < 4; item++) {
        const bytes = inputs[0]!.data.length / 4;
        const data = inputs[0]!.data.slice(item * bytes, (item + 1) * bytes);
        const alone = await runOnce(engine, [{ ...inputs[0]!, shape: [1, 3, 8, 8], data }], 1);
        alone.forEach((value, index) => {
          const other = together[item * 10 + index]!;
          assert.ok(Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(value)), `${value} and ${other}`);
        });
      }
    });
  });

  processTest('refuses memory of another shape than the output has', async () => {
    await withEngine(settingsFor(model, 'onnxruntime'), async (engine) => {
      const output = onMemory(tinyOutput(3));
      await assert.rejects(
        async () => engine.bind(filledInputs(model, 2), [output]).run(),
        hasCode('shape-invalid'),
      );
    });
  });

  processTest('calls damaged files invalid', async ({ folder }) => {
    const whole = readFileSync(model.file);
    const file = join(folder, 'damaged.onnx');
    for (const bytes of [
      whole.subarray(0, whole.length / 2),
      Buffer.from('this is no model\n'),
      Buffer.alloc(0),
    ]) {
      writeFileSync(file, bytes);
      const settings = { ...settingsFor(model, 'onnxruntime'), modelFile: file };
      await assert.rejects(loadEngine(settings), hasCode('model-invalid', /damaged\.onnx/));
    }
  });
});

describe('the null engine', () => {
  processTest('copies its input to its output, item by item', async () => {
    await withEngine(settingsFor(model, 'null'), async (engine) => {
      const inputs = filledInputs(model, 3);
      const itemBytes = inputs[0]!.data.length / 3;
      const items = [0, 1, 2].map((item) => inputs[0]!.data.slice(item * itemBytes, item * itemBytes + 40));
      assert.deepEqual(Buffer.from((await runOnce(engine, inputs, 3)).buffer), Buffer.concat(items));
    });
  });
});

describe('names of engines', () => {
  processTest('that nobody knows, and settings that the null engine has not, are refused', async () => {
    const bad = [
      'tensorrt',
      '',
      'nul',
      'onnx',
      'null:speed=2',
      'null:delay',
      'null:delay=',
      'null:delay=fast',
    ];
    for (const engine of [
      ...bad,
      'null:delay=-1',
      'null:flops=Infinity',
      'null:delay=1,,',
      'null:delay=1;flops=1',
    ]) {
      assert.throws(() => describeEngine(engine), hasCode('usage'), engine);
      await assert.rejects(loadEngine(settingsFor(model, engine)), hasCode('usage'), engine);
    }
  });
});
