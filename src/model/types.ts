/** Element types of tensors, in ONNX Runtime's names. */
export type TensorType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** A size, or the name of a free dimension. */
export type Dim = number | string;

export interface TensorSpec {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly Dim[];
  /** Set where not even the number of dimensions is known (outputs only); `shape` is empty then. */
  readonly unranked?: true;
}

/** A tensor's shape once every free dimension has a value. */
export interface ResolvedTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** Values for free dimensions by name, the batch among them. */
export type DimValues = Readonly<Record<string, number>>;

/** The half-open range generated integers are drawn from. */
export interface InputRange {
  readonly low: number;
  readonly high: number;
}

/** What is known of a model without running it. */
export interface Model {
  /** Zoo name, or the file's base name. */
  readonly name: string;
  /** Absolute path of the ONNX file. */
  readonly file: string;
  /** SHA-256 of the ONNX file; with external data, SHA-256 over the hexadecimal hashes of the ONNX file and of each data file, by location. */
  readonly contentHash: string;
  /** What it was quantized to, such as `int8 dynamic`. Missing: the file is the user's or the zoo's, in whatever precision it has. */
  readonly precision?: string;
  readonly opset: number;
  /** Trainable weights: initializers in floating point (or quantized), tied ones once, batch-norm statistics and constants left out. */
  readonly parameters: number;
  /** Size of the ONNX file and its external data. */
  readonly bytes: number;
  readonly inputs: readonly TensorSpec[];
  /** Output shapes may hold names that are no input's free dimension; they are known only once run. */
  readonly outputs: readonly TensorSpec[];
  /** The free dimension that counts items; null where the batch is fixed. */
  readonly batchDim: string | null;
  /** The batch when `batchDim` is null. */
  readonly fixedBatch: number;
  /** The other free dimensions, in order of appearance in the inputs. */
  readonly freeDims: readonly string[];
  /** Defaults of free dimensions that the zoo knows, e.g. `{ sequence: 128 }`. */
  readonly defaultDims: DimValues;
  /** Largest sizes of free dimensions that the zoo knows: `{ sequence: 512 }` where there are 512 positions. */
  readonly maxDims?: DimValues;
  /** Per input of integers: what generated values may be (token ids within the vocabulary, masks of ones). */
  readonly ranges: Readonly<Record<string, InputRange>>;
}

/** What the operators of one type cost together. */
export interface OperatorCost {
  readonly count: number;
  readonly flops: number;
  readonly bytes: number;
}

/** Work and traffic of one forward pass at given dimensions, computed from the graph. */
export interface ModelCost {
  /** Multiply and add counted apart. */
  readonly flops: number;
  /** Weights once (of a table that rows are picked from, the rows), plus every operator's inputs and outputs. */
  readonly bytes: number;
  /** Operator types whose cost or shape is not known; the figures are lower bounds where there are any. */
  readonly unknown: readonly string[];
  /** By operator type; shape computations are left out. */
  readonly byOperator: Readonly<Record<string, OperatorCost>>;
}
