import type { LoadEstimate } from '../dispatch/index.ts';
import type { TensorSpec, TensorType } from '../model/index.ts';
import type { Group } from '../plan/index.ts';
import type { Chunks } from './chunks.ts';

/**
 * A tensor of a request: dense, row-major, little-endian. Strings (`BYTES`) lie as the protocol serialises them: for each
 * element its length as u32, then its bytes.
 */
export interface InputTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: Chunks;
}

/** A tensor of an answer, laid out as an input is. */
export interface OutputTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** In order; several where the request was split over instances. Memory of the arena: valid until the answer's `release`. */
  readonly data: readonly Uint8Array[];
}

/** One inference, as every protocol asks for it. */
export interface InferRequest {
  /** The client's, or made at the door; goes with the request through all logs and traces. */
  readonly id: string;
  readonly inputs: readonly InputTensor[];
  /** Names of the outputs wanted, in the order of the answer; null: all, in the model's order. */
  readonly outputs: readonly string[] | null;
  /** Moment of `performance.now()` after which nobody waits for the answer; null: no bound. */
  readonly deadlineMs: number | null;
  /** 1 is served first; 0: the model's default. */
  readonly priority: number;
}

/** Where the time of a request went, in ms. */
export interface InferTiming {
  /** From the door to the last batch that holds a part of it. */
  readonly queueMs: number;
  /** Gathering into the arena. */
  readonly inputMs: number;
  /** The engine's own run, by the instance's clock; the longest of its batches. */
  readonly inferMs: number;
  /** From the end of the run to the answer at hand. */
  readonly outputMs: number;
  /** The batches that held a part of it, as they ended. */
  readonly batches: readonly BatchFacts[];
}

/** One batch that held items of a request. */
export interface BatchFacts {
  /** Index of the instance that ran it. */
  readonly instance: number;
  readonly pid: number | null;
  /** Null: not pinned. */
  readonly cpus: readonly number[] | null;
  /** Of the batch. */
  readonly items: number;
  /** Those of this request. */
  readonly ownItems: number;
  /** Moment of `performance.now()` at which it was cut. */
  readonly startedMs: number;
  /** From there to its answer. */
  readonly tookMs: number;
  readonly inputMs: number;
  /** The engine's own run. */
  readonly inferMs: number;
}

/** An answer. */
export interface InferResult {
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly OutputTensor[];
  readonly timing: InferTiming;
  /** Gives the outputs' memory back. To be called once, when their bytes were sent or copied, whatever happened. */
  release(): void;
}

/** An inference under way. */
export interface InferCall {
  /** Rejects with a `ThinferError`. */
  readonly result: Promise<InferResult>;
  /** The client has left: what has not been run is dropped, and `result` rejects. Does nothing once there is a result. */
  cancel(): void;
}

/** What an error says beside its code: see `ThinferError`. */
export interface RefusalDetail {
  /** In how many ms a request like this one would be done. */
  readonly expectedMs?: number;
}

/** What counts of one version of a model, since it was loaded; durations in ns, summed. The names are Triton's. */
export interface ModelCounts {
  /** Items of successful requests. */
  inferenceCount: number;
  /** Batches run. */
  executionCount: number;
  /** Of requests that may be padded: their lengths times their items, and what was run for them. */
  readonly lengths: { own: number; run: number };
  /** Moment of the last inference, ms since the epoch; 0: none. */
  lastInferenceMs: number;
  readonly success: CountAndNs;
  readonly fail: CountAndNs;
  readonly queue: CountAndNs;
  readonly computeInput: CountAndNs;
  readonly computeInfer: CountAndNs;
  readonly computeOutput: CountAndNs;
  /** By size of the batch, ascending is not promised. */
  readonly batches: Map<number, BatchCounts>;
}

/** A number of events and their summed duration. */
export interface CountAndNs {
  count: number;
  ns: number;
}

/** A number of events and their summed bytes. */
export interface CountAndBytes {
  count: number;
  bytes: number;
}

/** What counts of batches of one size. */
export interface BatchCounts {
  readonly computeInput: CountAndNs;
  readonly computeInfer: CountAndNs;
  readonly computeOutput: CountAndNs;
}

/** An instance as the world may see it. */
export interface InstanceView {
  readonly index: number;
  readonly pid: number | null;
  /** Null: not pinned. */
  readonly cpus: readonly number[] | null;
  readonly threads: number;
  /** Most items of one batch. */
  readonly largestBatch: number;
  readonly state: 'starting' | 'idle' | 'busy' | 'lost';
  /** Starts after the first. */
  readonly restarts: number;
  /** Items of the batch that runs; 0 while none does. */
  readonly running: number;
  readonly batches: number;
  readonly items: number;
  readonly busyMs: number;
  readonly lastFailure: string | null;
}

/** Where a configuration comes from, in the order in which they are looked for; `adapted`: it came into force later, for the load. */
export type PlanSource = 'given' | 'in-force' | 'planned' | 'default' | 'adapted';

/** The configuration that serves a model, and why. */
export interface ServedPlan {
  readonly groups: readonly Group[];
  readonly pinned: boolean;
  /** Length of the requests that each group's batch is meant for, where they have one. Default: all the usual one. */
  readonly lengths?: readonly number[];
  readonly source: PlanSource;
  /** One sentence for people. */
  readonly why: string;
}

/**
 * How a set takes over. `standby`: all its instances were loaded, and take over at once. `beside`: all new instances are loaded beside the old ones, which serve meanwhile. `in-turn`: memory does not
 * hold both, and they are replaced one after the other. `batches`: none is
 * started; some go, or take larger or smaller batches.
 */
export type ChangeWay = 'standby' | 'beside' | 'in-turn' | 'batches';

/** A change of a model's set, under way or over. */
export interface SetChange {
  readonly from: readonly Group[];
  readonly to: readonly Group[];
  readonly reason: string;
  /** p99 under the load as it was, of the set in force and of the new one; null: nothing was predicted. */
  readonly predicted: { readonly beforeP99Ms: number; readonly afterP99Ms: number } | null;
  readonly way: ChangeWay;
  /** Instances that stayed, stood by and were taken back, were loaded, and went. */
  readonly kept: number;
  readonly restored: number;
  readonly started: number;
  readonly retired: number;
  /** Share of the items per second that can't be answered while it is under way, at the worst moment, by what batches are expected to take. */
  readonly lossShare: number;
  /** Ms since the epoch. */
  readonly beganMs: number;
  /** `overtaken`: another set was needed sooner, and took over meanwhile. */
  state: 'loading' | 'done' | 'failed' | 'overtaken';
  /** From the decision until all new instances had taken over; null while it is under way. */
  durationMs: number | null;
  /** CPU time that loading and warming up the new instances took, all together. */
  loadCpuMs: number;
  /** Cores that were busy with batches, in the mean. */
  busyCores: number;
  /** Why it failed; the old set serves then. */
  error: string | null;
  /** What requests saw, to a second; null until it was looked at. */
  effect: ChangeEffect | null;
}

/** What requests saw around a change of the set. Null each: none was answered, or it is not yet known. */
export interface ChangeEffect {
  /** In the half minute before it, or since the change before was over. */
  readonly before: SeenLatency | null;
  readonly during: SeenLatency | null;
  /** In the half minute after it, or until the next change. */
  readonly after: SeenLatency | null;
}

/** Latencies of the requests that were answered in some seconds, from the door to the answer. */
export interface SeenLatency {
  readonly seconds: number;
  readonly requests: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** What follows the load of a model. */
export interface AdaptView {
  /** `load`: thinfer's own strategy; `packrat`: that paper's. */
  readonly strategy: 'load' | 'packrat';
  /** What is expected to come; null: not known. */
  readonly estimate: LoadEstimate | null;
}

/** One version of a model that is served. */
export interface ModelView {
  readonly name: string;
  readonly version: string;
  readonly engine: { readonly name: string; readonly version: string };
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Name of the dimension that counts items; null: requests of it can't be batched. */
  readonly batchDim: string | null;
  /** Name of the dimension along which requests are padded to fit into one batch; null: those that differ in size run apart. */
  readonly padDim: string | null;
  /** Most items of one batch of any instance; 0 where requests of it can't be batched. */
  readonly maxBatch: number;
  /** Most items of one request; larger than a batch, since a request is split. 1 where requests of it can't be batched. */
  readonly maxItems: number;
  /** In force. */
  readonly plan: ServedPlan;
  /** Changes of the set, the newest last; not all where there were many. */
  readonly changes: readonly SetChange[];
  /** All that have ended, and what they took. */
  readonly changeTotals: Readonly<Record<'done' | 'failed' | 'overtaken' | 'ms', number>>;
  /** How often its profile was measured anew while it was served, by how that ended. */
  readonly profiledAgain: { readonly done: number; readonly brokenOff: number; readonly failed: number };
  /** Null: the set stays as it is. */
  readonly follower: AdaptView | null;
  readonly ready: boolean;
  readonly counts: ModelCounts;
  readonly instances: readonly InstanceView[];
  /** Loaded, and not in the set: they take over at once where the set is changed to one that has them. */
  readonly standingBy: readonly InstanceView[];
  readonly waitingItems: number;
  /** How long batches take, over what the profile says: geometric mean of the last ones; null: not known. */
  readonly overProfile: number | null;
}

/** The server as protocols see it. */
export interface ServeCore {
  readonly name: string;
  readonly version: string;
  /** `draining`: no new request is taken, those taken are answered. */
  readonly state: 'starting' | 'ready' | 'draining';
  /** Whether every model can answer. */
  readonly ready: boolean;
  /** It will end: requests are taken still, but clients should look elsewhere. */
  readonly leaving: boolean;
  readonly models: readonly ModelView[];
  /**
   * A version of a model, the newest where none is named. Throws `not-found`; a name or version that can't be one gets the same
   * error.
   */
  model(name: string, version?: string): ModelView;
  /**
   * Takes a request. Never throws: what is wrong with it rejects the call's `result`: `not-found`, `shape-invalid`,
   * `request-invalid`, `overloaded`, `late`, `unavailable`, `instance-failed`, `engine-failed`.
   */
  infer(name: string, version: string | undefined, request: InferRequest): InferCall;
}
