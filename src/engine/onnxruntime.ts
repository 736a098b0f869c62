import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ThinferError } from '../errors.ts';
import { elementCount } from '../model/element-size.ts';
import type { TensorSpec, TensorType } from '../model/types.ts';
import { checkTensors } from './check-tensors.ts';
import type { Binding, Engine, EngineSettings, MemoryTensor, OutputMemory, OutputShape } from './engine.ts';
import { outputShapes } from './output-shapes.ts';
import { readStrings, writeStrings } from './strings.ts';

/** Loads a model into ONNX Runtime's CPU provider. Throws `model-invalid` with the engine's own words where it refuses. */
export async function loadOnnxRuntime(settings: EngineSettings): Promise<Engine> {
  // Since 1.30 its builds tell Microsoft of every session, from threads of their own, and leave files in the temporary
  // folder (https://github.com/microsoft/onnxruntime/pull/27379). It is read once, when the library starts.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(settings.modelFile, sessionOptions(settings)).catch(
    (cause: unknown) => {
      throw engineError(cause, settings.modelFile);
    },
  );
  return new OnnxRuntimeEngine(session, ort.Tensor, ort.env.versions.node ?? 'unknown', settings);
}

/**
 * Writes the graph as the settings make the engine rewrite it, its large weights to a file beside it. Nothing is run. Throws as loading does.
 *
 * @param weightsName Name of that file, in the folder of `file`.
 */
export async function saveOptimizedGraph(
  settings: EngineSettings,
  file: string,
  weightsName: string,
): Promise<void> {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const ort = await import('onnxruntime-node');
  const { extra, ...options } = sessionOptions(settings);
  const session = await ort.InferenceSession.create(settings.modelFile, {
    ...options,
    optimizedModelFilePath: file,
    // That what it wrote fits this kind of machine only is no news here.
    logSeverityLevel: 3,
    extra: {
      ...extra,
      session: {
        ...(extra?.['session'] as object | undefined),
        optimized_model_external_initializers_file_name: weightsName,
      },
    },
  }).catch((cause: unknown) => {
    throw engineError(cause, settings.modelFile);
  });
  await session.release();
}

/**
 * Nothing more than asked is set for an untuned run. Otherwise memory is allocated tensor by tensor: the pattern that is on by default plans one block for all, which took 100 MB more for
 * ResNet-50 at batch 16 and no less time (`bench/memory-pattern.ts`).
 */
function sessionOptions(settings: EngineSettings): InferenceSession.SessionOptions {
  const { threads, optimization, untuned = false, interOpThreads = 1 } = settings;
  const session = spinningOptions(settings);
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: optimization,
    ...(threads === null ? {} : { intraOpNumThreads: threads }),
    ...(untuned
      ? {}
      : {
          interOpNumThreads: interOpThreads,
          executionMode: interOpThreads > 1 ? 'parallel' : 'sequential',
          enableMemPattern: false,
        }),
    ...(Object.keys(session).length > 0 ? { extra: { session } } : {}),
  };
}

/** @see https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h */
function spinningOptions({ spinAfterRun, spinDuringRun }: EngineSettings): Record<string, unknown> {
  return {
    ...(spinAfterRun ? {} : { force_spinning_stop: '1' }),
    ...(spinDuringRun === false
      ? { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } }
      : {}),
  };
}

class OnnxRuntimeEngine implements Engine {
  readonly name = 'onnxruntime';
  readonly version: string;
  readonly signature: { inputs: TensorSpec[]; outputs: TensorSpec[] };
  private readonly session: InferenceSession;
  private readonly tensorClass: typeof Tensor;
  private readonly file: string;

  constructor(
    session: InferenceSession,
    tensorClass: typeof Tensor,
    version: string,
    { modelFile, signature }: EngineSettings,
  ) {
    this.session = session;
    this.tensorClass = tensorClass;
    this.version = version;
    this.file = modelFile;
    this.signature = {
      inputs: session.inputMetadata.map(toSpec),
      outputs: session.outputMetadata.map((metadata) => withRank(toSpec(metadata), signature.outputs)),
    };
  }

  bind(inputs: readonly MemoryTensor[], outputs: readonly OutputMemory[]): Binding {
    checkTensors(this.signature, inputs, outputs);
    const feeds = Object.fromEntries(inputs.map((tensor) => [tensor.name, this.tensorOf(tensor)]));
    const fetches = Object.fromEntries(outputs.map((tensor) => [tensor.name, this.fetchOf(tensor)]));
    const unbound = outputs.filter(({ shape }) => shape === null);
    const stringInputs = inputs.filter(({ type }) => type === 'string');
    const stringOutputs = outputs.filter(({ type }) => type === 'string');
    let results: InferenceSession.OnnxValueMapType = {};
    return {
      run: async () => {
        // What the last run allocated is given back before the next one allocates.
        results = {};
        for (const input of stringInputs) feeds[input.name] = this.tensorOf(input);
        results = await this.session.run(feeds, fetches).catch((cause: unknown) => {
          throw engineError(cause, this.file);
        });
        for (const { name, data } of stringOutputs)
          writeStrings((results[name] as Tensor).data as string[], data);
      },
      collect: () => unbound.map(({ name, data }) => copyWhereItFits(results[name] as Tensor, data)),
    };
  }

  outputShapes(inputs: readonly MemoryTensor[]): readonly OutputShape[] {
    checkTensors(this.signature, inputs);
    return outputShapes(this.signature, inputs);
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  /** The caller's memory; null lets ONNX Runtime allocate. */
  private fetchOf({ shape, ...output }: OutputMemory): Tensor | null {
    return shape === null || output.type === 'string' ? null : this.tensorOf({ ...output, shape });
  }

  private tensorOf({ type, shape, data }: MemoryTensor): Tensor {
    if (type === 'string')
      return new this.tensorClass('string', readStrings(data, elementCount(shape)), [...shape]);
    return new this.tensorClass(type as 'float32', typedView(type, data) as Float32Array, [...shape]);
  }
}

/** The tensor's shape. */
function copyWhereItFits({ type, data, dims }: Tensor, target: Uint8Array): readonly number[] {
  // Strings were written by the run.
  if (type === 'string') return dims;
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  if (byteLength <= target.length) target.set(new Uint8Array(buffer, byteOffset, byteLength));
  return dims;
}

/** The binding tells a scalar and an unknown number of dimensions alike; the file's own signature does not. */
function withRank(spec: TensorSpec, declared: readonly TensorSpec[]): TensorSpec {
  const { unranked } = declared.find(({ name }) => name === spec.name) ?? spec;
  return spec.shape.length === 0 && unranked ? { ...spec, unranked } : spec;
}

function toSpec(metadata: InferenceSession.ValueMetadata): TensorSpec {
  if (!metadata.isTensor)
    throw new ThinferError(
      'model-invalid',
      `"${metadata.name}" is a sequence, map or optional; only tensors are supported`,
    );
  return { name: metadata.name, type: metadata.type as TensorType, shape: [...metadata.shape] };
}

/** The typed array that ONNX Runtime's binding expects for a type, over the same memory. */
function typedView(type: TensorType, data: Uint8Array): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = data;
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'float64':
      return new Float64Array(buffer, byteOffset, byteLength / 8);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, byteLength / 8);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, byteLength / 8);
    case 'int32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case 'int16':
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case 'uint16':
    case 'float16':
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 'int8':
      return new Int8Array(buffer, byteOffset, byteLength);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 'bfloat16':
    case 'string':
      throw new ThinferError(
        'shape-invalid',
        `tensors of type ${type} can't be passed to ONNX Runtime through its Node binding`,
      );
  }
}

const outOfMemory = /bad_alloc|failed to allocate memory|out of memory|cannot allocate/i;
const badShape = /OrtValue provided for output|invalid dimensions|invalid rank|shape mismatch/i;
const badModel =
  /protobuf|parsing|opset|not a registered function|not implemented|no graph|invalid model|load model|external data|type error|shape inference|invalid_graph|fail to load/i;

/** The engine's own words, under the code that fits. */
function engineError(cause: unknown, file: string): ThinferError {
  const words = shorten((cause instanceof Error ? cause.message : String(cause)).trim());
  if (outOfMemory.test(words))
    return new ThinferError('out-of-memory', `ONNX Runtime ran out of memory: ${words}`, { cause });
  if (badShape.test(words))
    return new ThinferError('shape-invalid', `${file}: ONNX Runtime refuses these shapes: ${words}`, {
      cause,
    });
  if (badModel.test(words))
    return new ThinferError('model-invalid', `${file}: ONNX Runtime refuses this model: ${words}`, {
      cause,
      remedy: 'check the operators and the opset; export the model again for an opset this engine knows',
    });
  return new ThinferError('engine-failed', `ONNX Runtime failed: ${words}`, { cause });
}

/** Its messages may begin with a place in its own sources, and end in lists of everything it knows. */
function shorten(words: string): string {
  const said = words.replace(/\/onnxruntime_src\/\S+:\d+ .*?\) (?=[A-Z])/s, ' ');
  return said.length <= 400 ? said : `${said.slice(0, 400)} …`;
}
