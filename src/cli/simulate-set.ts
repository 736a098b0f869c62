import { type Cell, type Group, instancesOf, serviceTimeOf } from '../plan/index.ts';
import { type SimulationOptions, type SimulationResult, type Stream, simulate } from '../simulate/index.ts';
import { quantile, sortSamples } from '../stats/index.ts';

/** What all policies are simulated with. */
export interface PolicyRun {
  readonly stream: Stream;
  readonly cells: readonly Cell[];
  readonly cores: number;
  readonly largestBatch: number;
  readonly deadlineMs: number | null;
  /** Requests that come before are not counted. */
  readonly warmupMs: number;
  readonly everyMs: number;
  readonly loadCpuMs: number;
  /** Instances that memory holds beside a set. */
  readonly standby: number;
  /** Whether batches of sets that follow the load are kept, for a page. */
  readonly keepsBatches: boolean;
}

/** Lets the requests run over a set. */
export function simulateSet(
  groups: readonly Group[],
  { stream, cells, cores, deadlineMs }: Pick<PolicyRun, 'stream' | 'cells' | 'cores' | 'deadlineMs'>,
  more: Pick<SimulationOptions, 'controller' | 'dispatch' | 'late' | 'standby' | 'onBatch'> = {},
): SimulationResult {
  const mostWaiting = Number.POSITIVE_INFINITY;
  return simulate(stream, {
    ...{ instances: instancesOf(groups), cores, serviceMs: serviceTimeOf(cells), deadlineMs },
    ...more,
    dispatch: { mostWaiting, ...more.dispatch },
  });
}

/** Latencies of the requests that count, in ms; NaN: no answer. */
export function countedMs({ latencyMs }: SimulationResult, { stream, warmupMs }: PolicyRun): Float64Array {
  const { arrivedMs } = stream;
  let before = 0;
  while (before < arrivedMs.length && arrivedMs[before]! < warmupMs) before++;
  return latencyMs.subarray(before);
}

/** The p99; requests that got no answer count as infinitely late. */
export function p99Of(latencyMs: Float64Array): number {
  return quantile(sortSamples(latencyMs.map((ms) => (Number.isNaN(ms) ? Number.MAX_VALUE : ms))), 0.99);
}
