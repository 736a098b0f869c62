import { createHash } from 'node:crypto';
import { ThinferError } from '../errors.ts';
import { type DimValues, type Model, resolveDims } from '../model/index.ts';
import { adapterHash } from './adapter.ts';
import { requirements } from './requirements.ts';
import type { Quantization, QuantizeOptions } from './types.ts';

/** Everything that decides what a derived model is. */
export interface Recipe {
  readonly precision: Quantization;
  readonly sourceHash: string;
  readonly requirements: readonly string[];
  readonly adapter: string;
  /** Of the options, those that this precision heeds, with their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Generated inputs for calibration; null where it needs none. */
  readonly samples: { readonly count: number; readonly batch: number; readonly dims: DimValues } | null;
}

/** Blocks that ONNX Runtime's 4-bit products have kernels for. */
const blockSizes = [16, 32, 64, 128, 256];

/**
 * Operators whose inputs and outputs are calibrated: those with 8-bit kernels, so that between two of them nothing returns to
 * float. The norms, gelu and tanh stay in float; so does softmax, but where both its neighbours are products, the engine takes it in 8 bits too.
 */
const calibratedOperators = [
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'Mul',
  'Relu',
  'Clip',
  'LeakyRelu',
  'Sigmoid',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Concat',
  'Flatten',
  'Reshape',
  'Transpose',
];

/**
 * How a model is made in a precision. Throws `usage` where an option is out of its range, `shape-invalid` where calibration needs the size of a
 * free dimension.
 */
export function makeRecipe(model: Model, precision: Quantization, options: QuantizeOptions): Recipe {
  checkOptions(options);
  const { dims = {}, samples = 16, perChannel = true, reduceRange = false } = options;
  const { blockSize = 32, accuracyLevel = 4 } = options;
  const calibrated = precision === 'int8-calibrated';
  return {
    precision,
    sourceHash: model.contentHash,
    requirements,
    adapter: adapterHash(),
    options:
      precision === 'int4-weights'
        ? { blockSize, accuracyLevel, symmetric: true }
        : { perChannel, reduceRange, ...(calibrated ? { operators: calibratedOperators } : {}) },
    samples: calibrated
      ? {
          count: samples,
          batch: model.fixedBatch,
          dims: sizesOf(model, dims),
        }
      : null,
  };
}

/** Of all free dimensions but the batch, those that the zoo knows a size of included. */
function sizesOf(model: Model, dims: DimValues): DimValues {
  const all = resolveDims(model, { batch: model.fixedBatch, dims });
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== model.batchDim));
}

function checkOptions({ samples, blockSize, accuracyLevel }: QuantizeOptions): void {
  const problems: string[] = [];
  if (samples !== undefined && !(Number.isInteger(samples) && samples >= 1 && samples <= 1000))
    problems.push(`samples: ${samples} is not a number from 1 to 1000`);
  if (blockSize !== undefined && !blockSizes.includes(blockSize))
    problems.push(`block size: ${blockSize} is none of ${blockSizes.join(', ')}`);
  if (accuracyLevel !== undefined && ![1, 4].includes(accuracyLevel))
    problems.push(`accuracy level: ${accuracyLevel} is neither 1 (float32) nor 4 (int8)`);
  if (problems.length > 0) throw new ThinferError('usage', problems.join('\n'));
}

/** Its address: 16 hexadecimal digits of the SHA-256 over all of it. */
export function recipeHash(recipe: Recipe): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}
