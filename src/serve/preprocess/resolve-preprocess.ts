import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ThinferError } from '../../errors.ts';
import type { DimValues, TensorSpec, TensorType } from '../../model/index.ts';
import type { ImageWork } from './image-to-tensor.ts';
import { readLabels } from './read-labels.ts';
import { type ImageSpec, imageSpecSchema, type PreprocessSpec, type TextSpec } from './spec.ts';
import type { TextWork } from './text-to-tensors.ts';
import { imagenetMean, imagenetStd, zooPreprocess } from './zoo-preprocess.ts';

/** A model, as far as its transform depends on it. */
export interface PreprocessedModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  /** The zoo's name of the model; null for a file of the user's. */
  readonly zooName: string | null;
  /** Path of the ONNX file: tokenizer.json is looked for beside it. Null: nowhere. */
  readonly file: string | null;
  /** Largest sizes of free dimensions, where they are known. */
  readonly maxDims?: DimValues;
  /** What the configuration file declares. Default: what the zoo knows, or a tokenizer.json beside the model. */
  readonly declared?: PreprocessSpec;
}

/** A transform that fits its model. */
export type Preprocess =
  | {
      readonly kind: 'image';
      readonly input: string;
      readonly work: ImageWork;
      readonly scores: 'logits' | 'probabilities';
      /** Names of the classes by index; null where none are declared. */
      readonly labels: readonly string[] | null;
    }
  | { readonly kind: 'text'; readonly inputs: TextInputs; readonly work: TextWork };

/** Which inputs of a model take what a tokenizer gives; null: the model has none of the kind. */
export interface TextInputs {
  readonly ids: string;
  readonly mask: string | null;
  readonly types: string | null;
}

const idNames = ['input_ids', 'ids', 'tokens'];
const maskNames = ['attention_mask', 'input_mask', 'mask'];
const typeNames = ['token_type_ids', 'segment_ids'];
const imageTypes: readonly TensorType[] = ['float32', 'float16', 'uint8'];

/**
 * What a model takes beside tensors; null where it takes nothing else.
 * Throws `shape-invalid` with all that does not fit where a transform was declared, `not-found` where a declared file is missing.
 */
export function resolvePreprocess(model: PreprocessedModel): Preprocess | null {
  const { declared } = model;
  if (declared?.kind === 'image') return resolveImage(model, declared);
  if (declared?.kind === 'text') return resolveText(model, declared);
  const known = model.zooName === null ? null : zooPreprocess(model.zooName);
  if (known !== null) return resolveImage(model, known);
  const beside = tokenizerBeside(model);
  return beside !== null && textInputsOf(model) !== null ? resolveText(model, { kind: 'text' }) : null;
}

function resolveImage(model: PreprocessedModel, declared: ImageSpec): Preprocess {
  const spec = imageSpecSchema.parse(declared);
  const input = model.inputs.find(({ name }) => name === (spec.input ?? model.inputs[0]?.name));
  const [cropHeight, cropWidth] = typeof spec.crop === 'number' ? [spec.crop, spec.crop] : spec.crop;
  const problems = [
    ...imageProblems(model, spec, input),
    ...sizeProblems(spec, cropHeight, cropWidth, input),
  ];
  if (input === undefined || problems.length > 0) throw misfit(model, problems);
  const mean = spec.mean ?? imagenetMean;
  const std = spec.std ?? imagenetStd;
  return {
    kind: 'image',
    input: input.name,
    work: {
      resize: spec.resize,
      cropHeight,
      cropWidth,
      normalise: input.type === 'uint8' ? null : { mean, std },
      layout: spec.layout,
      channels: spec.channels,
      type: input.type as ImageWork['type'],
    },
    scores: spec.scores,
    labels: spec.labels === undefined ? null : readLabels(spec.labels),
  };
}

function imageProblems(
  model: PreprocessedModel,
  spec: { input?: string | undefined; std?: readonly number[] | undefined; mean?: unknown },
  input: TensorSpec | undefined,
): string[] {
  const problems: string[] = [];
  const names = model.inputs.map(({ name }) => name).join(', ');
  if (input === undefined) return [`there is no input "${spec.input}"; there are ${names}`];
  if (model.inputs.length > 1)
    problems.push(`it has the inputs ${names}, and a picture fills only one of them`);
  if (!imageTypes.includes(input.type))
    problems.push(`input "${input.name}" is ${input.type}; pictures become ${imageTypes.join(', ')}`);
  if (input.type === 'uint8' && (spec.mean !== undefined || spec.std !== undefined))
    problems.push(`input "${input.name}" is uint8, and bytes are not normalised: leave mean and std out`);
  if (spec.std?.some((value) => !(value > 0)) === true) problems.push('std has to be above 0');
  return problems;
}

function sizeProblems(
  spec: { resize: number; layout: 'NCHW' | 'NHWC' },
  height: number,
  width: number,
  input: TensorSpec | undefined,
): string[] {
  const problems: string[] = [];
  if (Math.max(height, width) > spec.resize)
    problems.push(`crop ${height}×${width} is larger than resize ${spec.resize}`);
  if (input === undefined || input.unranked === true) return problems;
  const wanted = spec.layout === 'NCHW' ? [null, 3, height, width] : [null, height, width, 3];
  const fits = wanted.every(
    (size, at) => size === null || input.shape[at] === size || typeof input.shape[at] === 'string',
  );
  if (input.shape.length !== 4 || !fits)
    problems.push(
      `input "${input.name}" has shape ${input.shape.join('x')}, and ${spec.layout} with this crop gives Nx${wanted.slice(1).join('x')}`,
    );
  return problems;
}

function resolveText(model: PreprocessedModel, spec: TextSpec): Preprocess {
  const inputs = textInputsOf(model);
  if (inputs === null)
    throw misfit(model, [
      `a tokenizer fills ${idNames[0]}, ${maskNames[0]} and ${typeNames[0]}, and it has ${model.inputs.map(({ name, type }) => `${name} (${type})`).join(', ')}`,
    ]);
  const file = spec.tokenizer ?? tokenizerBeside(model);
  if (file === null || !existsSync(file))
    throw new ThinferError(
      'not-found',
      `${model.name}: there is no ${file ?? 'tokenizer.json beside the model'}.`,
      {
        remedy: 'Put a tokenizer.json beside the model, or name one.',
      },
    );
  const ids = model.inputs.find(({ name }) => name === inputs.ids)!;
  const sequence = ids.shape[1];
  const fixed = typeof sequence === 'number' ? sequence : null;
  const largest = typeof sequence === 'string' ? model.maxDims?.[sequence] : undefined;
  const maxLength = fixed ?? spec.maxLength ?? largest ?? 512;
  if (largest !== undefined && maxLength > largest)
    throw misfit(model, [`maxLength ${maxLength} is above its largest sequence, ${largest}`]);
  return {
    kind: 'text',
    inputs,
    work: {
      file,
      maxLength,
      padToMax: fixed !== null || spec.padding === 'max',
      type: ids.type as TextWork['type'],
      masked: inputs.mask !== null,
    },
  };
}

/** Which input is what, by the names that exporters use; null unless every input has a role, two dimensions and one integer type. */
function textInputsOf({ inputs }: PreprocessedModel): TextInputs | null {
  const find = (names: readonly string[]): string | null =>
    names.find((name) => inputs.some((input) => input.name === name)) ?? null;
  const ids = find(idNames);
  if (ids === null) return null;
  const found: TextInputs = { ids, mask: find(maskNames), types: find(typeNames) };
  const roles = new Set<string | null>(Object.values(found));
  const type = inputs.find(({ name }) => name === ids)!.type;
  const fit = inputs.every(
    (input) => roles.has(input.name) && input.type === type && input.shape.length === 2,
  );
  return fit && (type === 'int64' || type === 'int32') ? found : null;
}

function tokenizerBeside({ file }: PreprocessedModel): string | null {
  if (file === null) return null;
  const beside = join(dirname(file), 'tokenizer.json');
  return existsSync(beside) ? beside : null;
}

function misfit(model: PreprocessedModel, problems: readonly string[]): ThinferError {
  return new ThinferError(
    'shape-invalid',
    `${model.name}: its preprocessing does not fit: ${problems.join('; ')}.`,
    {
      remedy: 'Change `preprocess` of the model in the configuration file.',
    },
  );
}
