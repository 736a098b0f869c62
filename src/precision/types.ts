import type { DimValues, Model } from '../model/types.ts';

/** Precisions that ONNX Runtime's quantization tools make of a float32 model. */
export const quantizations = ['int8-dynamic', 'int8-calibrated', 'int4-weights'] as const;

/**
 * - `int8-dynamic`: weights in 8 bits, activations brought to 8 bits at every run, by their own extremes.
 * - `int8-calibrated`: both in 8 bits, the activations by ranges seen beforehand on samples.
 * - `int4-weights`: weights of matrix products in 4 bits, one scale a block; activations stay as they are (or 8 bits inside the kernel).
 */
export type Quantization = (typeof quantizations)[number];

/** Everything that may be asked for. `fp32` is the model as it is; the half precisions need an engine that has them. */
export type Precision = 'fp32' | Quantization | 'fp16' | 'bf16';

/** All precisions, in the order in which they are shown. */
export const precisions: readonly Precision[] = ['fp32', 'bf16', 'fp16', ...quantizations];

/** How a model is quantized. What is left out takes its default, which suits x86-64 and ARM64. */
export interface QuantizeOptions {
  /** Sizes of the free dimensions of the calibration's samples; the zoo's defaults where missing. `int8-calibrated` only. */
  readonly dims?: DimValues;
  /** Samples that the ranges of activations are taken from, one batch of one item each. Default 16. `int8-calibrated` only. */
  readonly samples?: number;
  /** One scale for each output channel instead of one for a whole weight. Default true. The int8 precisions. */
  readonly perChannel?: boolean;
  /**
   * Weights in 7 bits. CPUs without VNNI or dot-product instructions add pairs of int8 products in 16 bits, which overflow
   * at 8. Default false, so that the same file is measured on every machine. The int8 precisions.
   */
  readonly reduceRange?: boolean;
  /** Weights that share a scale: 16, 32, 64, 128 or 256. Default 32. `int4-weights` only. */
  readonly blockSize?: number;
  /** Type that products are computed in, in ONNX Runtime's numbers: 1 float32, 4 int8. Default 4. `int4-weights` only. */
  readonly accuracyLevel?: number;
}

/** What is said of a quantization under way. */
export interface QuantizeProgress {
  /** `setup`: the Python environment; the others are steps of making a model. */
  readonly stage: 'setup' | 'samples' | 'prepare' | 'calibrate' | 'quantize' | 'write';
  /** What is done, for a person. */
  readonly text: string;
  /** 0 … 1; null where it can't be known. */
  readonly share: number | null;
}

/** Where things lie, and who hears of them. */
export interface QuantizeContext {
  /** Folder of derived models and of the Python environment. */
  readonly cacheDir: string;
  /** Make the Python environment where it is missing. Default false: say how instead. */
  readonly setup?: boolean;
  readonly onProgress?: (progress: QuantizeProgress) => void;
  /** Hears of what was found and mended, in one sentence. */
  readonly onNotice?: (text: string) => void;
  /** Ends it with `interrupted`; nothing of an unfinished step is kept. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/** A derived model, and how it came about. */
export interface QuantizedModel {
  readonly model: Model;
  /** False: it lay in the cache. */
  readonly made: boolean;
  /** Seconds that making it took, whenever that was. */
  readonly seconds: number;
  /** Versions of Python, ONNX Runtime, onnx and numpy that made it. */
  readonly tools: Readonly<Record<string, string>>;
  /** What the tools could not do, one sentence each. */
  readonly notes: readonly string[];
}

/** The name of a precision as points carry it: `int8 dynamic`; `as in the file` for `fp32`. */
export function precisionName(precision: Precision): string {
  return precision === 'fp32' ? 'as in the file' : precision.replace('-', ' ');
}

/** Whether a precision is made by quantization. */
export function isQuantization(precision: Precision): precision is Quantization {
  return (quantizations as readonly Precision[]).includes(precision);
}
