import { bytesPerElement, elementCount } from '../model/element-size.ts';
import type { TensorSpec, TensorType } from '../model/types.ts';

/** How much of the graph the engine may rewrite, in ONNX Runtime's words. */
export type OptimizationLevel = 'disabled' | 'basic' | 'extended' | 'all';

/** Everything that decides how a model is executed. */
export interface EngineSettings {
  /** `onnxruntime`, or `null` with its knobs: `null:delay=2,item-delay=0.5,flops=1e6` (ms, ms, FLOPs an item). */
  readonly engine: string;
  /** Path of the ONNX file; the null engine only reports its `signature`. */
  readonly modelFile: string;
  /** Intra-op threads; null leaves their number to the engine. */
  readonly threads: number | null;
  /** Leave everything but the threads and the optimization as the engine comes. Default false. */
  readonly untuned?: boolean;
  readonly optimization: OptimizationLevel;
  /** Whether threads may go on spinning when a run has ended; false stops them at once. */
  readonly spinAfterRun: boolean;
  /** False: nor may they spin during one; they sleep whenever they wait. Default: they may. */
  readonly spinDuringRun?: false;
  /** Threads that run operators side by side. Default: operators run one after the other. */
  readonly interOpThreads?: number;
  /** Inputs and outputs, for engines that can't read them from the file. */
  readonly signature: Signature;
}

export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** A tensor on memory that the caller owns: dense, row-major, in the host's byte order. */
export interface MemoryTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** Exactly the tensor's bytes, aligned to its element size. */
  readonly data: Uint8Array;
}

/** Memory for an output. */
export interface OutputMemory extends Omit<MemoryTensor, 'shape'> {
  /** Null: it depends on the inputs' values. The engine allocates it, and copies it to `data` where it fits. */
  readonly shape: readonly number[] | null;
}

/** An output's shape at given inputs; null where it depends on their values. */
export interface OutputShape {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[] | null;
}

/** A prepared call on fixed memory; running it again reads the inputs' memory again. */
export interface Binding {
  /** One forward pass; blocks its thread or resolves when the outputs of fixed shape are written. */
  run(): void | Promise<void>;
  /**
   * The shapes that the last run gave outputs bound with shape null, in the order in which they were bound; their values
   * are copied to their memory where they fit there, and left out where they do not.
   */
  collect(): readonly (readonly number[])[];
}

/** A loaded model. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly signature: Signature;
  /** Prepares runs that read `inputs` and write `outputs`. Throws `shape-invalid` where they do not fit. */
  bind(inputs: readonly MemoryTensor[], outputs: readonly OutputMemory[]): Binding;
  /** Shapes of all outputs at the inputs' shapes; nothing is run or read. Throws `shape-invalid` where the inputs do not fit. */
  outputShapes(inputs: readonly MemoryTensor[]): readonly OutputShape[];
  close(): Promise<void>;
}

/** Bytes of a dense tensor; 0 for strings, which have no fixed size. */
export function tensorBytes(type: TensorType, shape: readonly number[]): number {
  return elementCount(shape) * bytesPerElement(type);
}
