import type { SimulatedInstance } from '../../simulate/index.ts';
import type { Group } from '../types.ts';

/** Each instance of a set, its CPUs in turn. */
export function instancesOf(groups: readonly Group[]): SimulatedInstance[] {
  let next = 0;
  return groups.flatMap(({ instances, threads, batch }) =>
    Array.from({ length: instances }, () => ({
      threads,
      largestBatch: batch,
      cpus: Array.from({ length: threads }, () => next++),
    })),
  );
}
