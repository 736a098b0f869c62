/** Requests of different lengths in one batch: padded, answered as if each had run alone, and only where the model allows it. */
import assert from 'node:assert/strict';
import { loadEngine } from '../src/engine/index.ts';
import { ThinferError } from '../src/errors.ts';
import { type Model, resolveOutputs } from '../src/model/index.ts';
import type { ServedModel } from '../src/serve/core/served-model.ts';
import type { ModelEvent } from '../src/serve/core/start-model.ts';
import { thinfer } from './support/command.ts';
import { processTest } from './support/process-test.ts';
import { writeSequenceModel } from './support/sequence-models.ts';
import { startServe } from './support/serve.ts';
import { requestFor, serveModel } from './support/serve-core.ts';
import { filledInputs, onMemory, settingsFor } from './support/tiny.ts';

interface Case {
  readonly seed: number;
  readonly items: number;
  readonly sequence: number;
}

/** Outputs by the engine alone, at the request's own length. */
async function aloneOf(model: Model, cases: readonly Case[]): Promise<Float32Array[][]> {
  const engine = await loadEngine(settingsFor(model, 'onnxruntime'));
  const answers: Float32Array[][] = [];
  for (const { seed, items, sequence } of cases) {
    const outputs = resolveOutputs(model, { batch: items, dims: { sequence } }).map(
      ({ name, type, shape, bytes }) => onMemory({ name, type, shape: shape!, bytes: bytes! }),
    );
    const binding = engine.bind(filledInputs(model, items, seed, { sequence }), outputs);
    await binding.run();
    answers.push(outputs.map(({ data }) => new Float32Array(data.slice().buffer)));
  }
  await engine.close();
  return answers;
}

interface Answered {
  readonly values: readonly Float32Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly shared: boolean;
}

async function ask(served: ServedModel, model: Model, { seed, items, sequence }: Case): Promise<Answered> {
  const { outputs, timing, release } = await served.infer(requestFor(model, items, seed, {}, { sequence }))
    .result;
  const values = outputs.map(({ data }) => new Float32Array(new Uint8Array(Buffer.concat(data)).buffer));
  release();
  const shared = timing.batches.some((batch) => batch.items > batch.ownItems);
  return { values, shapes: outputs.map(({ shape }) => shape), shared };
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs(actual[index]! - value) < 1e-4, `${index}: ${actual[index]}, not ${value}`);
}

const dims = { sequence: 32 };

processTest('requests of different lengths get the answers that they would get alone', async ({ folder }) => {
  const model = await writeSequenceModel('bert', folder);
  const cases = Array.from({ length: 80 }, (_, seed) => ({
    ...{ seed, items: 1 + (seed % 9 === 0 ? 6 : 0) },
    sequence: 1 + ((seed * 23) % 64),
  }));
  const expected = await aloneOf(model, cases);
  const pad = { dim: 'sequence', required: true };
  await serveModel(model, { dims, pad }, async (served) => {
    const answers = await Promise.all(cases.map((one) => ask(served, model, one)));
    for (const [at, { values, shapes }] of answers.entries()) {
      const { items, sequence } = cases[at]!;
      assert.deepEqual(shapes, [
        [items, sequence, 32],
        [items, 32],
      ]);
      for (const [output, actual] of values.entries()) assertClose(actual, expected[at]![output]!);
    }
    assert.ok(answers.filter(({ shared }) => shared).length > 20);
    assert.equal(served.padDim, 'sequence');
    assert.ok(served.counts.executionCount < cases.length);
  });
});

processTest(
  'a model whose answers depend on the padding is served without it, and says so',
  async ({ folder }) => {
    const model = await writeSequenceModel('mean', folder);
    const events: ModelEvent[] = [];
    const pad = { dim: 'sequence', required: false };
    await serveModel(model, { dims, pad, onEvent: (event) => events.push(event) }, async (served) => {
      assert.equal(served.padDim, null);
      const answers = await Promise.all(
        [3, 5, 3, 64].map((sequence, seed) => ask(served, model, { seed, items: 1, sequence })),
      );
      for (const { values } of answers) assert.deepEqual([...values[0]!], [1]);
    });
    const told = events.filter(({ type }) => type === 'unpadded');
    assert.equal(told.length, 1);
    assert.match(
      told[0]!.message,
      /^requests of different lengths run apart, since output "mean" changes .* "sequence"$/,
    );
  },
);

processTest('where padding was asked for, such a model is not served', async ({ folder }) => {
  const model = await writeSequenceModel('mean', folder);
  const pad = { dim: 'sequence', required: true };
  await assert.rejects(
    serveModel(model, { dims, pad }, async () => {}),
    (error) =>
      error instanceof ThinferError &&
      error.message.includes('output "mean" changes when requests are padded along "sequence"'),
  );
});

processTest('sets for short and long requests, by what was measured at each length', async (scratch) => {
  const { file } = await writeSequenceModel('bert', scratch.folder);
  const lengths = ['--lengths', '8:0.8,48:0.2', '--items', '4'];
  const unmeasured = await thinfer(scratch, ['serve', file, ...lengths]);
  assert.equal(unmeasured.status, 2);
  assert.match(
    unmeasured.stderr,
    /no point of bert at sequence 8, 48 was measured.*\n.*thinfer profile bert --dim sequence=8,48/,
  );
  const measure = ['profile', file, '--dim', 'sequence=8,48', '--items', '4', '--iterations', '3', '--json'];
  assert.equal((await thinfer(scratch, measure)).status, 0);
  const { http, ready, stop } = await startServe(scratch, [file, ...lengths]);
  const [{ why }] = ready['models'] as [{ readonly why: string }];
  assert.match(why, /^the best for 4 items of these lengths by the profiles: .* up to 48/);
  const tensor = (name: string, length: number, value: number): object => ({
    ...{ name, datatype: 'INT64', shape: [1, length] },
    data: Array.from({ length }, () => value),
  });
  for (const length of [1, 8, 48]) {
    const inputs = [
      tensor('input_ids', length, 5),
      tensor('attention_mask', length, 1),
      tensor('token_type_ids', length, 0),
    ];
    const answer = await fetch(`${http}/v2/models/bert/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs }),
    });
    const { outputs } = (await answer.json()) as {
      readonly outputs: readonly { readonly shape: readonly number[] }[];
    };
    assert.deepEqual(outputs[0]!.shape, [1, length, 32]);
  }
  const metrics = await (await fetch(`${http}/metrics`)).text();
  assert.match(metrics, /thinfer_length_total\{[^}]*part="own"\} 57\n/);
  assert.match(metrics, /thinfer_length_total\{[^}]*part="padding"\} 0\n/);
  assert.equal((await stop()).status, 0);
});

processTest('lengths are refused where they can mean nothing', async (scratch) => {
  const { file } = await writeSequenceModel('bert', scratch.folder);
  const cases: readonly (readonly [words: readonly string[], told: RegExp])[] = [
    [[file, '--lengths', '8:0.8', '--config', '1x1x1'], /add up to 0.8, not to 1/],
    [[file, '--lengths', '8:1', '--config', '1x1x1'], /--lengths: not together with a configuration/],
    [[`${file}:pad=off`, '--lengths', '8:1'], /--lengths: bert is served without padding/],
    [
      [`${file}:pad=nix`, '--dim', 'sequence=8', '--items', '2'],
      /bert: pad: "nix" is no free dimension of an input/,
    ],
  ];
  for (const [words, told] of cases) {
    const { status, stderr } = await thinfer(scratch, ['serve', ...words]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, told);
  }
});
