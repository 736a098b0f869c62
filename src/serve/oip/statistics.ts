import type { CountAndNs, ModelView } from '../types.ts';

/** A number of events and their summed duration, whole ns. */
export interface StatisticDuration {
  readonly count: number;
  readonly ns: number;
}

/** Statistics of batches of one size. */
export interface BatchStatistics {
  readonly batch_size: number;
  readonly compute_input: StatisticDuration;
  readonly compute_infer: StatisticDuration;
  readonly compute_output: StatisticDuration;
}

/** Statistics of one version of a model; field names are the protocol's. */
export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  /** ms since the epoch; 0: none. */
  readonly last_inference: number;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: {
    readonly success: StatisticDuration;
    readonly fail: StatisticDuration;
    readonly queue: StatisticDuration;
    readonly compute_input: StatisticDuration;
    readonly compute_infer: StatisticDuration;
    readonly compute_output: StatisticDuration;
    readonly cache_hit: StatisticDuration;
    readonly cache_miss: StatisticDuration;
  };
  /** Of decoupled models: always empty. */
  readonly response_stats: Readonly<Record<string, never>>;
  readonly batch_stats: readonly BatchStatistics[];
  readonly memory_usage: readonly never[];
}

const none: StatisticDuration = { count: 0, ns: 0 };

/** The statistics of a model since it was loaded, as Triton's statistics extension has them. */
export function modelStatistics(view: ModelView): ModelStatistics {
  const counts = view.counts;
  return {
    name: view.name,
    version: view.version,
    last_inference: Math.floor(counts.lastInferenceMs),
    inference_count: counts.inferenceCount,
    execution_count: counts.executionCount,
    inference_stats: {
      success: duration(counts.success),
      fail: duration(counts.fail),
      queue: duration(counts.queue),
      compute_input: duration(counts.computeInput),
      compute_infer: duration(counts.computeInfer),
      compute_output: duration(counts.computeOutput),
      cache_hit: none,
      cache_miss: none,
    },
    response_stats: {},
    batch_stats: batchStatistics(view),
    memory_usage: [],
  };
}

function batchStatistics(view: ModelView): BatchStatistics[] {
  const sizes = [...view.counts.batches].sort(([a], [b]) => a - b);
  return sizes.map(([size, counts]) => ({
    batch_size: size,
    compute_input: duration(counts.computeInput),
    compute_infer: duration(counts.computeInfer),
    compute_output: duration(counts.computeOutput),
  }));
}

/** Clients read unsigned 64-bit integers. */
function duration(counted: CountAndNs): StatisticDuration {
  return { count: counted.count, ns: Math.round(counted.ns) };
}
