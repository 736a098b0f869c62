import { basename } from 'node:path';
import { ThinferError } from '../errors.ts';
import { bytesPerElement, elementCount } from './element-size.ts';
import type { DimValues, Model, ResolvedTensor, TensorSpec, TensorType } from './types.ts';

/** What the user chose. */
export interface ShapeChoice {
  /** Items of one forward pass. */
  readonly batch: number;
  /** Free dimensions by name; those left out take the zoo's defaults. Default: none. */
  readonly dims?: DimValues;
}

/** An output's shape, as far as it is known before the model has run. */
export interface ResolvedOutput {
  readonly name: string;
  readonly type: TensorType;
  /** Null where a dimension depends on more than the inputs' free dimensions. */
  readonly shape: readonly number[] | null;
  readonly bytes: number | null;
}

/**
 * Shapes of the inputs at a batch and at values for the free dimensions.
 * Throws `shape-invalid` with every problem at once, one a line.
 */
export function resolveInputs(model: Model, choice: ShapeChoice): ResolvedTensor[] {
  const values = resolveDims(model, choice);
  return model.inputs.map((spec) => {
    const shape = spec.shape.map((dim) => (typeof dim === 'number' ? dim : values[dim]!));
    return { name: spec.name, type: spec.type, shape, bytes: bytesOf(spec.type, shape) };
  });
}

/**
 * Shapes of the outputs, null where they are not known before the model has run. Throws as `resolveInputs` does.
 */
export function resolveOutputs(model: Model, choice: ShapeChoice): ResolvedOutput[] {
  const values = resolveDims(model, choice);
  return model.outputs.map((spec) => {
    const shape = knownShape(spec, values);
    return {
      name: spec.name,
      type: spec.type,
      shape,
      bytes: shape === null || spec.type === 'string' ? null : bytesOf(spec.type, shape),
    };
  });
}

function knownShape(spec: TensorSpec, values: DimValues): number[] | null {
  if (spec.unranked) return null;
  const shape = spec.shape.map((dim) => (typeof dim === 'number' ? dim : values[dim]));
  return shape.every((size) => size !== undefined) ? shape : null;
}

function bytesOf(type: TensorType, shape: readonly number[]): number {
  return elementCount(shape) * bytesPerElement(type);
}

/**
 * Values of all free dimensions, the batch among them. Throws `shape-invalid` where one is missing, unknown or no
 * positive integer, or where the batch is not that of a model whose batch is fixed.
 */
export function resolveDims(model: Model, { batch, dims = {} }: ShapeChoice): DimValues {
  const values: Record<string, number> = { ...model.defaultDims, ...dims };
  const problems = [
    ...batchProblems(model, batch, dims),
    ...unknownNames(model, dims),
    ...missingDims(model, values),
    ...badSizes(model, dims),
    ...largeSizes(model, values),
  ];
  if (problems.length > 0)
    throw new ThinferError(
      'shape-invalid',
      problems.map((problem) => `${basename(model.file)}: ${problem}`).join('\n'),
    );
  if (model.batchDim !== null) values[model.batchDim] = batch;
  return values;
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function batchProblems(model: Model, batch: number, dims: DimValues): string[] {
  if (!isSize(batch)) return [`batch ${batch} is not a positive integer`];
  if (model.batchDim === null)
    return batch === model.fixedBatch
      ? []
      : [
          `batch ${batch} does not fit: the model's batch is fixed at ${model.fixedBatch}; use that, or export it with a free batch dimension`,
        ];
  const given = dims[model.batchDim];
  return given === undefined || given === batch
    ? []
    : [`dimension "${model.batchDim}" is the batch: ${given} was given for it, and ${batch} as the batch`];
}

function unknownNames(model: Model, dims: DimValues): string[] {
  const known = [...(model.batchDim === null ? [] : [model.batchDim]), ...model.freeDims];
  const listed = known.length === 0 ? 'it has none' : `it has ${known.map((name) => `"${name}"`).join(', ')}`;
  return Object.keys(dims)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no free dimension "${name}"; ${listed}`);
}

function missingDims(model: Model, values: DimValues): string[] {
  return model.freeDims
    .filter((name) => values[name] === undefined)
    .map((name) => {
      const input = model.inputs.find(({ shape }) => shape.includes(name));
      return `input "${input?.name}" has a free dimension "${name}"; give --dim ${name}=${likelySize(name)}`;
    });
}

function badSizes(model: Model, dims: DimValues): string[] {
  return Object.entries(dims)
    .filter(([name, value]) => name !== model.batchDim && model.freeDims.includes(name) && !isSize(value))
    .map(([name, value]) => `dimension "${name}" is ${value}, not a positive integer`);
}

function largeSizes(model: Model, values: DimValues): string[] {
  return Object.entries(model.maxDims ?? {})
    .filter(([name, most]) => (values[name] ?? 0) > most)
    .map(([name, most]) => `dimension "${name}" is ${values[name]}; the model has at most ${most}`);
}

/** An example for the error message: what such dimensions mostly are. */
function likelySize(name: string): number {
  if (/height|width|^[hw]$|size|dim[23]$/i.test(name)) return 224;
  return /seq|len|time|token|dim1$/i.test(name) ? 128 : 1;
}
