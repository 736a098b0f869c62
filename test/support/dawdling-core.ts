import { setTimeout as delay } from 'node:timers/promises';
import { ThinferError } from '../../src/errors.ts';
import { bytesPerElement, elementCount, type TensorType } from '../../src/model/index.ts';
import { Refusal } from '../../src/serve/refusal.ts';
import type {
  InferCall,
  InferRequest,
  InferResult,
  ModelCounts,
  ModelView,
  OutputTensor,
  ServeCore,
} from '../../src/serve/types.ts';

/**
 * A core without instances that gives tensors back: `x` as `y`, and of `typed` every tensor under its own name. The model `slow`
 * takes as many seconds as its first element says, and fails where that is negative.
 */
export class DawdlingCore implements ServeCore {
  readonly name = 'thinfer';
  readonly version = '0.0.0';
  state: ServeCore['state'] = 'ready';
  ready = true;
  leaving = false;
  readonly models = [
    viewOf('identity', ['x:float32'], ['y:float32']),
    viewOf('slow', ['x:float32'], ['y:float32']),
    viewOf('typed', typed, typed),
  ];
  /** Answers whose memory was not given back. */
  held = 0;
  /** Calls that were cancelled before they were done. */
  cancelled = 0;
  /** Requests that run now, and the most there were. */
  running = 0;
  mostRunning = 0;
  /** What requests are refused with. */
  refusal: ThinferError | null = null;
  last: InferRequest | null = null;

  model(name: string, version?: string): ModelView {
    const found = this.models.find((model) => model.name === name && (version ?? '1') === model.version);
    if (found !== undefined) return found;
    const at = version === undefined ? '' : ` version ${version}`;
    throw new ThinferError('not-found', `Request for unknown model: '${name}'${at} is not found`);
  }

  infer(name: string, version: string | undefined, request: InferRequest): InferCall {
    let leave: () => void = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.last = request;
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    const result = this.run(name, version, request, left).finally(() => this.running--);
    return {
      result,
      cancel: () => {
        this.cancelled++;
        leave();
      },
    };
  }

  private async run(
    name: string,
    version: string | undefined,
    request: InferRequest,
    left: Promise<void>,
  ): Promise<InferResult> {
    const model = this.model(name, version);
    if (this.refusal !== null) throw this.refusal;
    const all = request.inputs.map((tensor) => this.answer(model, tensor));
    if (name === 'slow') await this.dawdle(all[0]!.data[0]!, request, left);
    const outputs = request.outputs?.map((wish) => outputOf(all, wish)) ?? all;
    count(model.counts);
    this.held++;
    return {
      model: model.name,
      version: model.version,
      outputs,
      timing: { queueMs: 0, inputMs: 0, inferMs: 0, outputMs: 0, batches: [] },
      release: () => {
        this.held--;
        // Memory of an arena is written anew at once.
        for (const { data } of all) for (const piece of data) piece.fill(0xee);
      },
    };
  }

  private answer(model: ModelView, tensor: InferRequest['inputs'][number]): OutputTensor {
    const { name, type, shape, data } = tensor;
    if (!model.inputs.some((spec) => spec.name === name && spec.type === type))
      throw new ThinferError('request-invalid', `unexpected inference input '${name}'`);
    const bytes = elementCount(shape) * bytesPerElement(type);
    if (type !== 'string' && bytes !== data.length)
      throw new ThinferError('shape-invalid', `Expected ${bytes}, got ${data.length}`);
    const copy = Buffer.alloc(data.length);
    data.copyTo(copy, 0);
    // In two pieces, as a request that was split over instances.
    const pieces = [copy.subarray(0, copy.length >> 1), copy.subarray(copy.length >> 1)];
    return {
      name: model.name === 'typed' ? name : 'y',
      type,
      shape,
      data: model.name === 'slow' ? [copy] : pieces,
    };
  }

  private async dawdle(bytes: Uint8Array, request: InferRequest, left: Promise<void>): Promise<void> {
    const seconds = Buffer.from(bytes).readFloatLE();
    if (seconds < 0) throw new ThinferError('engine-failed', 'the engine said no');
    if (request.deadlineMs !== null && performance.now() + 1000 * seconds > request.deadlineMs)
      throw new Refusal('late', 'can not be done in time', { expectedMs: 1000 * seconds });
    const timer = new AbortController();
    const time = delay(1000 * seconds, 'done', { signal: timer.signal }).catch(() => 'left');
    const first = await Promise.race([time, left.then(() => 'left')]);
    timer.abort();
    if (first === 'left') throw new ThinferError('interrupted', 'the client has left');
  }
}

const typed = [
  'bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16', 'bfloat16', 'float32', 'float64', 'string',
].map((type) => `${type}:${type}`); // biome-ignore format: a table

function outputOf(outputs: readonly OutputTensor[], name: string): OutputTensor {
  const found = outputs.find((output) => output.name === name);
  if (found === undefined) throw new ThinferError('request-invalid', `unexpected inference output '${name}'`);
  return found;
}

function viewOf(name: string, inputs: readonly string[], outputs: readonly string[]): ModelView {
  const specs = (list: readonly string[]) =>
    list.map((text) => {
      const [tensor, type] = text.split(':');
      return { name: tensor!, type: type as TensorType, shape: ['batch', 'n'] };
    });
  const zero = () => ({ count: 0, ns: 0 });
  return {
    name,
    version: '1',
    engine: { name: 'null', version: '1' },
    inputs: specs(inputs),
    outputs: specs(outputs),
    standingBy: [],
    padDim: null,
    batchDim: 'batch',
    maxBatch: 8,
    maxItems: 8,
    plan: { groups: [{ instances: 2, threads: 1, batch: 8 }], pinned: true, source: 'given', why: 'given' },
    changes: [],
    changeTotals: { done: 0, failed: 0, overtaken: 0, ms: 0 },
    profiledAgain: { done: 0, brokenOff: 0, failed: 0 },
    follower: null,
    overProfile: null,
    ready: true,
    counts: {
      inferenceCount: 0,
      executionCount: 0,
      lengths: { own: 0, run: 0 },
      lastInferenceMs: 0,
      success: zero(),
      fail: zero(),
      queue: zero(),
      computeInput: zero(),
      computeInfer: zero(),
      computeOutput: zero(),
      batches: new Map(),
    },
    instances: [],
    waitingItems: 0,
  };
}

function count(counts: ModelCounts): void {
  counts.inferenceCount++;
  counts.executionCount++;
  counts.lastInferenceMs = Date.now();
  for (const part of [
    counts.success,
    counts.queue,
    counts.computeInput,
    counts.computeInfer,
    counts.computeOutput,
  ]) {
    part.count++;
    part.ns += 1000;
  }
}
