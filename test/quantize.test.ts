/** Models quantized for real, by ONNX Runtime's tools in the Python environment that thinfer makes; skipped where there is no registry. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from 'node:test';
import { type Model, modelCost, openModel } from '../src/model/index.ts';
import { buildBert } from '../src/model/zoo/bert.ts';
import { seededWeights } from '../src/model/zoo/weight-source.ts';
import { writeModel } from '../src/model/zoo/write-model.ts';
import { environmentFolder, fileOperators, precisionModel, quantizeModel } from '../src/precision/index.ts';
import { modelCache, startThinfer, thinfer } from './support/command.ts';
import { processTest, type Scratch, until } from './support/process-test.ts';
import { useQuantization } from './support/quantization.ts';
import { openTiny } from './support/tiny.ts';

const tools = await useQuantization();
const cacheOf = ({ folder }: Scratch): string => join(folder, 'cache');

/** With the environment lent, unless a test is about its absence. */
function quantizeTest(name: string, body: (scratch: Scratch) => Promise<void>): void {
  processTest(name, async (scratch, context) => {
    if (tools.skip !== false) return context.skip(tools.skip);
    tools.lendTo(cacheOf(scratch));
    await body(scratch);
  });
}

/** Wide enough for the products to be nearly all of its work, as they are in models in use. */
async function writeText(folder: string): Promise<Model> {
  mkdirSync(folder, { recursive: true });
  const sizes = { vocabulary: 200, positions: 64, width: 128, layers: 1, heads: 2, inner: 512 };
  await writeModel(folder, 'text', buildBert('text', sizes, 'pooler'), seededWeights());
  return openModel({ model: join(folder, 'text.onnx'), cacheDir: folder });
}

interface Quantized {
  readonly bytes: number;
  readonly precisions: readonly {
    readonly precision: string;
    readonly state: string;
    readonly why: string | null;
    readonly file: string;
    readonly contentHash: string;
    readonly bytes: number;
    readonly provenBy: readonly string[];
    readonly errors: readonly { readonly output: string; readonly cosine: number }[];
  }[];
}

describe('thinfer model quantize', () => {
  quantizeTest('makes all precisions, proves them, and compares their outputs', async (scratch) => {
    const source = await writeText(join(scratch.folder, 'models'));
    const words = ['model', 'quantize', source.file, '--dim', 'sequence=32', '--samples', '4'];
    const { status, stdout, stderr } = await thinfer(scratch, [
      ...words,
      '--json',
      '--cache',
      cacheOf(scratch),
    ]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(readdirSync(scratch.folder).sort(), ['cache', 'models'], 'files are left by the tools');
    const { precisions } = JSON.parse(stdout) as Quantized;
    const proofs = precisions.map(({ state, provenBy }) => `${state}: ${provenBy[0]}`);
    assert.deepEqual(proofs, [
      'proven: 3 MatMulIntegerToFloat, 4 DynamicQuantizeMatMul',
      'proven: 8 QLinearMatMul, 1 QGemm',
      'proven: 7 MatMulNBits',
    ]);
    for (const each of precisions) {
      assert.ok(each.bytes < 0.6 * source.bytes, `${each.precision}: ${each.bytes} of ${source.bytes}`);
      assert.deepEqual(
        each.errors.map(({ output }) => output),
        ['last_hidden_state', 'pooler_output'],
      );
      for (const { cosine } of each.errors)
        assert.ok(cosine > 0.95 && cosine < 1, `${each.precision}: ${cosine}`);
      await assertSameWork(source, each.precision as 'int8-dynamic', each, cacheOf(scratch));
    }
  });

  quantizeTest('leaves nothing behind when it is interrupted', async (scratch) => {
    symlinkSync(join(modelCache, 'zoo'), join(cacheOf(scratch), 'zoo'));
    const words = ['model', 'quantize', 'tiny-bert', '--precision', 'int8-calibrated', '--samples', '1000'];
    const running = startThinfer(scratch, [...words, '--cache', cacheOf(scratch)]);
    const derived = join(cacheOf(scratch), 'precisions');
    await until('a folder in the making', () => existsSync(derived) && readdirSync(derived).length > 0);
    running.process.kill('SIGINT');
    const { status, stderr } = await running.ended;
    assert.equal(status, 130, stderr);
    assert.match(stderr, /\[interrupted\] nothing of what was being made is kept/);
    assert.deepEqual(readdirSync(derived), []);
  });
});

/** The derived model is the source in all but its file, and its work the same within 1 %. */
async function assertSameWork(
  source: Model,
  precision: 'int8-dynamic',
  { file, contentHash, bytes }: Quantized['precisions'][number],
  cacheDir: string,
): Promise<void> {
  const dims = { sequence: 32 };
  const derived = await precisionModel(source, precision, { dims, samples: 4 }, { cacheDir });
  const { opset } = derived;
  assert.deepEqual(derived, {
    ...source,
    file,
    contentHash,
    bytes,
    opset,
    precision: precision.replace('-', ' '),
  });
  const [expected, actual] = [
    await modelCost(source, { batch: 1, dims }),
    await modelCost(derived, { batch: 1, dims }),
  ];
  assert.ok(
    Math.abs(actual.flops / expected.flops - 1) < 0.01,
    `${precision}: ${actual.flops} of ${expected.flops}`,
  );
  assert.deepEqual(actual.unknown, []);
}

describe('a derived model', () => {
  quantizeTest('is the same when it is made again, and is made again when it was cut', async (scratch) => {
    const source = await openTiny();
    const notices: string[] = [];
    const context = { cacheDir: cacheOf(scratch), onNotice: (text: string) => notices.push(text) };
    const first = await quantizeModel(source, 'int8-dynamic', {}, context);
    assert.deepEqual([first.made, first.tools['onnxruntime'], notices], [true, '1.30.0', []]);
    assert.equal((await quantizeModel(source, 'int8-dynamic', {}, context)).made, false);
    truncateSync(`${first.model.file}.data`, 100);
    const second = await quantizeModel(source, 'int8-dynamic', {}, context);
    assert.deepEqual([second.made, second.model], [true, first.model]);
    assert.match(notices.join(), /was cut or changed; the model is made again/);
    const { recipe } = JSON.parse(readFileSync(join(dirname(first.model.file), 'manifest.json'), 'utf8'));
    assert.equal(recipe.sourceHash, source.contentHash);
    await assert.rejects(quantizeModel(second.model, 'int4-weights', {}, context), /is int8 dynamic already/);
  });

  quantizeTest('of a damaged file fails with the words of the tools', async (scratch) => {
    const source = await openTiny();
    const broken = { ...source, file: join(scratch.folder, 'nothing.onnx') };
    await assert.rejects(quantizeModel(broken, 'int8-dynamic', {}, { cacheDir: cacheOf(scratch) }), {
      code: 'engine-failed',
      message: /quantization tools failed: .*nothing\.onnx/,
    });
    assert.deepEqual(readdirSync(join(cacheOf(scratch), 'precisions')), []);
    assert.ok((await fileOperators(source.file)).has('Conv'));
    assert.ok(existsSync(environmentFolder(cacheOf(scratch))));
  });
});
