import { ThinferError } from '../../src/errors.ts';
import type { Model, TensorType } from '../../src/model/index.ts';
import { checkRequest } from '../../src/serve/core/check-request.ts';
import { datatypeOf } from '../../src/serve/oip/datatypes.ts';
import type { InferCall, InferRequest, InferResult, ModelView, ServeCore } from '../../src/serve/types.ts';

const types: readonly TensorType[] = [
  'float32', 'float64', 'float16', 'bfloat16', 'int8', 'uint8', 'int32', 'int64', 'uint64', 'bool', 'string',
]; // biome-ignore format: a table

/**
 * A server whose models give back their input: `id_FP32`, `id_INT64` …, input `x`, output `y`, both [batch, n], at most 8 items,
 * as Triton's identity models of the same names. `hold` keeps all answers until `letGo`. What is released is counted.
 */
export class EchoCore implements ServeCore {
  readonly name = 'thinfer';
  readonly version = '0.0.0';
  state: ServeCore['state'] = 'ready';
  ready = true;
  leaving = false;
  readonly models: readonly ModelView[] = types.map(viewOf);
  /** Error that the next request gets. */
  failure: ThinferError | null = null;
  requests: InferRequest[] = [];
  answered = 0;
  released = 0;
  cancelled = 0;
  private held: (() => void)[] | null = null;

  hold(): void {
    this.held = [];
  }

  letGo(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const go of held) go();
  }

  model(name: string, version?: string): ModelView {
    const found = this.models.find((view) => view.name === name);
    if (found === undefined || (version !== undefined && version !== found.version))
      throw new ThinferError(
        'not-found',
        `Request for unknown model: '${name}'${version === undefined ? '' : ` version ${version}`} is not found`,
      );
    return found;
  }

  infer(name: string, version: string | undefined, request: InferRequest): InferCall {
    this.requests.push(request);
    let cancel = (): void => {};
    const result = new Promise<InferResult>((resolve, reject) => {
      if (this.failure !== null) {
        reject(this.failure);
        this.failure = null;
        return;
      }
      const view = this.model(name, version);
      const answer = this.answer(view, request);
      if (this.held === null) resolve(answer());
      else this.held.push(() => resolve(answer()));
      cancel = () => {
        this.cancelled += 1;
        reject(new ThinferError('interrupted', 'the client left'));
      };
    });
    return { result, cancel: () => cancel() };
  }

  private answer(view: ModelView, request: InferRequest): () => InferResult {
    const model = { ...view, fixedBatch: 1 } as unknown as Model;
    checkRequest(request, { model, batches: true, mostItems: view.maxBatch, padDim: null });
    const { type, shape, data } = request.inputs[0]!;
    const bytes = Uint8Array.from(data.join());
    const half = bytes.length >> 1;
    return () => {
      this.answered += 1;
      let releases = 0;
      return {
        model: view.name,
        version: view.version,
        // In two pieces, as of a request that was split.
        outputs: [{ name: 'y', type, shape, data: [bytes.subarray(0, half), bytes.subarray(half)] }],
        timing: { queueMs: 0, inputMs: 0, inferMs: 0, outputMs: 0, batches: [] },
        release: () => {
          releases += 1;
          if (releases > 1) throw new Error('released twice');
          this.released += 1;
        },
      };
    };
  }
}

function viewOf(type: TensorType): ModelView {
  const zero = (): { count: number; ns: number } => ({ count: 0, ns: 0 });
  return {
    name: `id_${type === 'string' ? 'STRING' : datatypeOf(type)}`,
    version: '1',
    engine: { name: 'null', version: '1' },
    inputs: [{ name: 'x', type, shape: ['batch', 'n'] }],
    outputs: [{ name: 'y', type, shape: ['batch', 'n'] }],
    standingBy: [],
    padDim: null,
    batchDim: 'batch',
    maxBatch: 8,
    maxItems: 8,
    plan: {
      groups: [{ instances: 2, threads: 1, batch: 8 }],
      pinned: true,
      source: 'given',
      why: 'It was given.',
    },
    changes: [],
    changeTotals: { done: 0, failed: 0, overtaken: 0, ms: 0 },
    profiledAgain: { done: 0, brokenOff: 0, failed: 0 },
    follower: null,
    overProfile: null,
    ready: true,
    counts: {
      lengths: { own: 0, run: 0 },
      inferenceCount: 3,
      executionCount: 2,
      lastInferenceMs: 1.5,
      success: zero(),
      fail: zero(),
      queue: zero(),
      computeInput: zero(),
      computeInfer: { count: 2, ns: 10.4 },
      computeOutput: zero(),
      batches: new Map([
        [8, { computeInput: zero(), computeInfer: zero(), computeOutput: zero() }],
        [1, { computeInput: zero(), computeInfer: zero(), computeOutput: zero() }],
      ]),
    },
    instances: [],
    waitingItems: 0,
  };
}
