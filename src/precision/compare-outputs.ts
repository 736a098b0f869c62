import type { EngineSettings } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import { Instance } from '../instance/index.ts';
import { fillInput, type Model, resolveInputs, type ShapeChoice, type TensorType } from '../model/index.ts';

/** How far an output of a derived model is from that of its source, over all items. */
export interface OutputError {
  readonly output: string;
  /** Of both outputs as vectors: 1 where they point the same way. Null where one of them is all zero. */
  readonly cosine: number | null;
  /** Largest difference of an element. */
  readonly maxAbsError: number;
  /** Root of the mean square of the differences, over that of the source's elements; null where those are all zero. */
  readonly relativeError: number | null;
}

/** What is compared. */
export interface ComparisonRequest {
  readonly source: Model;
  readonly derived: Model;
  readonly choice: ShapeChoice;
  /** Intra-op threads of each run. */
  readonly threads: number;
  readonly signal?: AbortSignal;
}

/** Inputs that calibration did not see: it counts its seeds from 1. */
const seed = 1_000_003;

/**
 * Runs both models on the same generated inputs and compares their outputs of floats. It tells whether quantization broke a model, not how much worse it
 * classifies: for that, real inputs and a task's own measure are needed. Throws as running a model does.
 */
export async function compareOutputs(request: ComparisonRequest): Promise<OutputError[]> {
  const expected = await outputsOf(request.source, request);
  const actual = await outputsOf(request.derived, request);
  return [...expected].flatMap(([output, values]) => {
    const other = actual.get(output);
    return other === undefined || other.length !== values.length ? [] : [errorOf(output, values, other)];
  });
}

async function outputsOf(
  model: Model,
  { choice, threads, signal }: ComparisonRequest,
): Promise<Map<string, Float32Array | Float64Array>> {
  const settings: EngineSettings = {
    engine: 'onnxruntime',
    modelFile: model.file,
    threads,
    optimization: 'all',
    spinAfterRun: false,
    signature: { inputs: model.inputs, outputs: model.outputs },
  };
  const instance = await Instance.start({
    settings,
    cpus: null,
    ...(signal === undefined ? {} : { signal }),
  });
  const stop = (): void => void instance.close(true);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const inputs = resolveInputs(model, choice);
    await instance.bind(inputs, null);
    for (const input of inputs) {
      const data = new Uint8Array(input.bytes);
      fillInput(model, input, data, seed);
      instance.input(input.name).set(data);
    }
    await instance.run({ hangMs });
    return new Map(
      instance.outputs.flatMap(({ name, type }) => {
        const values = floatsOf(type, instance.output(name));
        return values === null ? [] : [[name, values] as const];
      }),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
    await instance.close();
  }
}

/** One pass of any model that thinfer is for takes far less. */
const hangMs = 600_000;

function floatsOf(type: TensorType, bytes: Uint8Array): Float32Array | Float64Array | null {
  const { buffer } = bytes.slice();
  if (type === 'float32') return new Float32Array(buffer);
  return type === 'float64' ? new Float64Array(buffer) : null;
}

/** The figures for two vectors of the same length. */
export function errorOf(output: string, expected: ArrayLike<number>, actual: ArrayLike<number>): OutputError {
  let [dot, expectedSquares, actualSquares, errorSquares, maxAbsError] = [0, 0, 0, 0, 0];
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [expected[index]!, actual[index]!];
    dot += a * b;
    expectedSquares += a * a;
    actualSquares += b * b;
    errorSquares += (a - b) ** 2;
    // Not Math.max alone: it would lose a value that is no number.
    const error = Math.abs(a - b);
    if (!(error <= maxAbsError)) maxAbsError = error;
  }
  if (!Number.isFinite(errorSquares))
    throw new ThinferError(
      'engine-failed',
      `output "${output}" of the quantized model holds values that are no numbers`,
    );
  const lengths = Math.sqrt(expectedSquares) * Math.sqrt(actualSquares);
  return {
    output,
    cosine: lengths === 0 ? null : dot / lengths,
    maxAbsError,
    relativeError: expectedSquares === 0 ? null : Math.sqrt(errorSquares / expectedSquares),
  };
}
