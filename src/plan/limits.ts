import type { Cell } from './types.ts';

/** NUMA nodes that instances must keep to. */
export interface NodeLimits {
  /** Cores of each node, at least one node. */
  readonly cores: readonly number[];
  /** At most so many instances have cores on one node, at least 1; infinity: any number. */
  readonly mostInstances: number;
}

/** What a set of instances must keep to. Left out: no such limit. */
export interface Limits {
  /** T: Σ instances × threads is at most this. */
  readonly cores: number;
  /** Σ instances × the cell's `memoryBytes` is at most this; cells whose memory is unknown are not used. */
  readonly memoryBytes?: number | undefined;
  /**
   * Each instance lies within one node. One with more threads than the largest node has cores takes nodes of its own,
   * which nothing else shares.
   */
  readonly nodes?: NodeLimits | undefined;
  /** All instances have the same threads and the same batch. */
  readonly equal?: boolean | undefined;
  /** No instance takes more items at once. */
  readonly largestBatch?: number | undefined;
  /** No instance takes longer for a batch, in ms. */
  readonly latencyMs?: number | undefined;
}

/** The cells that one instance may be, by every limit that concerns one instance alone. */
export function usableCells(cells: readonly Cell[], limits: Limits): Cell[] {
  const { cores, memoryBytes, largestBatch, latencyMs } = limits;
  return cells.filter(
    (cell) =>
      cell.threads <= cores &&
      (memoryBytes === undefined || (cell.memoryBytes ?? Number.POSITIVE_INFINITY) <= memoryBytes) &&
      (largestBatch === undefined || cell.batch <= largestBatch) &&
      (latencyMs === undefined || cell.latencyMs <= latencyMs),
  );
}

/** Cores of the largest node; infinity where nodes don't matter. */
export function largestNode({ nodes }: Limits): number {
  return nodes === undefined ? Number.POSITIVE_INFINITY : Math.max(...nodes.cores);
}
