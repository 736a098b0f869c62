import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { invariant, ThinferError } from '../errors.ts';
import { type Model, openModel } from '../model/index.ts';
import { type AdapterProgress, runAdapter } from './adapter.ts';
import { type PythonEnvironment, pythonEnvironment } from './python-environment.ts';
import { makeRecipe, type Recipe, recipeHash } from './recipe.ts';
import { writeSamples } from './samples.ts';
import {
  isQuantization,
  type Precision,
  precisionName,
  type Quantization,
  type QuantizeContext,
  type QuantizedModel,
  type QuantizeOptions,
  type QuantizeProgress,
} from './types.ts';
import { makeWholeFolder } from './whole-folder.ts';

const manifestSchema = z.object({
  /** The derived model's content hash. */
  contentHash: z.string(),
  seconds: z.number(),
  tools: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * The model in another precision: made by ONNX Runtime's quantization tools and kept in the cache folder, under an address of all that decides it (the
 * source's content, the tools' versions, the options, the samples). Its name stays the source's; its `precision` says what it is.
 *
 * Throws `machine` where the Python environment is missing, `model-invalid` where nothing of the model can be quantized so,
 * `engine-failed` with the tools' own words, `usage` and `shape-invalid` for options and sizes, `storage`, `interrupted`.
 */
export async function quantizeModel(
  model: Model,
  precision: Quantization,
  options: QuantizeOptions,
  context: QuantizeContext,
): Promise<QuantizedModel> {
  refuseQuantized(model);
  const recipe = makeRecipe(model, precision, options);
  const folder = resolve(context.cacheDir, 'precisions', `${model.name}-${precision}-${recipeHash(recipe)}`);
  const kept = await openMade(model, precision, folder, context);
  if (kept !== null) return { ...kept, made: false };
  const environment = await pythonEnvironment(context);
  await makeWholeFolder(folder, (temporary) => make(model, recipe, environment, temporary, context));
  const made = await openMade(model, precision, folder, context);
  invariant(made !== null, `${folder} was made and can't be opened.`);
  return { ...made, made: true };
}

/**
 * The model in any precision, as a sweep needs it: itself for `fp32`, a derived one for those that quantization makes. Throws as `quantizeModel`
 * does, and `machine` for half precisions, which `precisionSupport` says beforehand.
 */
export async function precisionModel(
  model: Model,
  precision: Precision,
  options: QuantizeOptions,
  context: QuantizeContext,
): Promise<Model> {
  if (precision === 'fp32') return model;
  if (isQuantization(precision)) return (await quantizeModel(model, precision, options, context)).model;
  throw new ThinferError('machine', `${model.name}: thinfer makes no models in ${precision}`);
}

function refuseQuantized({ name, precision }: Model): void {
  if (precision !== undefined)
    throw new ThinferError('usage', `${name} is ${precision} already; quantize the model it was made of`);
}

/** Null where it is not there, or not what was made; the latter is told. */
async function openMade(
  source: Model,
  precision: Quantization,
  folder: string,
  { cacheDir, signal, onNotice }: QuantizeContext,
): Promise<Omit<QuantizedModel, 'made'> | null> {
  const manifest = await readManifest(folder);
  if (manifest === null) return null;
  try {
    const opened = await openModel({
      model: fileIn(folder),
      cacheDir,
      ...(signal === undefined ? {} : { signal }),
    });
    if (opened.contentHash === manifest.contentHash) {
      const { seconds, tools, notes } = manifest;
      return { model: derivedModel(source, opened, precision), seconds, tools, notes };
    }
  } catch (error) {
    if (signal?.aborted || ThinferError.from(error).code === 'bug') throw error;
  }
  onNotice?.(`${folder} was cut or changed; the model is made again.`);
  return null;
}

/** Names of samples and points are the source's, and so is what generated inputs may be. */
function derivedModel(
  source: Model,
  { file, contentHash, opset, bytes }: Model,
  precision: Quantization,
): Model {
  return { ...source, file, contentHash, opset, bytes, precision: precisionName(precision) };
}

const fileIn = (folder: string): string => join(folder, 'model.onnx');

async function readManifest(folder: string): Promise<Manifest | null> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  } catch {
    return null;
  }
}

async function make(
  model: Model,
  recipe: Recipe,
  { python }: PythonEnvironment,
  folder: string,
  context: QuantizeContext,
): Promise<void> {
  const began = performance.now();
  const say = (stage: QuantizeProgress['stage'], share: number | null = null): void =>
    context.onProgress?.({
      stage,
      text: `${model.name} ${precisionName(recipe.precision)}: ${words[stage]}`,
      share,
    });
  if (recipe.samples !== null) say('samples');
  const work = join(folder, 'work');
  await mkdir(work);
  const { count = 0, ...sizes } = recipe.samples ?? { batch: model.fixedBatch, dims: {} };
  const samples = count === 0 ? [] : await writeSamples(model, sizes, count, work);
  const { precision, options } = recipe;
  const output = fileIn(folder);
  const { tools, notes } = await runAdapter(
    python,
    { precision, source: model.file, output, work, options, samples },
    ({ stage, done, total }: AdapterProgress) => say(stage, stage === 'calibrate' ? done / total : null),
    context.signal,
  );
  say('write');
  const { contentHash } = await openModel({ model: output, cacheDir: work });
  await rm(work, { recursive: true, force: true });
  const seconds = Math.round(performance.now() - began) / 1000;
  const manifest: Manifest & { recipe: Recipe } = { contentHash, seconds, tools, notes: [...notes], recipe };
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`, { flush: true });
}

const words: Readonly<Record<QuantizeProgress['stage'], string>> = {
  setup: 'the Python environment',
  samples: 'inputs for calibration',
  prepare: 'shapes, constants and norms',
  calibrate: 'ranges of activations',
  quantize: 'weights',
  write: 'hash of what was written',
};
