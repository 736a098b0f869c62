import type { SimulatedInstance, SimulationResult } from './types.ts';

/**
 * What came of runs of one stream. Sets of as many instances of as many threads differ in their largest batches alone, and where never more waited
 * than the smallest of these holds, nothing was decided by them: every such set whose batches hold as much does exactly the same. For dispatchers
 * that don't wait for full batches, and without a controller.
 */
export class AlikeRuns<T> {
  private readonly latest = new Map<string, { readonly deepest: number; readonly outcome: T }>();

  /** What came of a run that was exactly what this one would be; undefined: there was none. */
  find(instances: readonly SimulatedInstance[]): T | undefined {
    const known = this.latest.get(threadsOf(instances));
    return known !== undefined && known.deepest <= smallestOf(instances) ? known.outcome : undefined;
  }

  /** Remembers a run, or the part of one that was cut short, by its outcome. */
  add(instances: readonly SimulatedInstance[], { deepest }: SimulationResult, outcome: T): void {
    if (deepest <= smallestOf(instances)) this.latest.set(threadsOf(instances), { deepest, outcome });
  }
}

const threadsOf = (instances: readonly SimulatedInstance[]): string =>
  instances.map(({ threads }) => threads).join();

const smallestOf = (instances: readonly SimulatedInstance[]): number =>
  Math.min(...instances.map(({ largestBatch }) => largestBatch));
