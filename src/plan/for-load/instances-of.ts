import type { SimulatedInstance } from '../../simulate/index.ts';
import type { Group } from '../types.ts';

/** Candidates are asked for again and again. */
const known = new WeakMap<readonly Group[], readonly SimulatedInstance[]>();

/** Each instance of a set, its CPUs in turn. */
export function instancesOf(groups: readonly Group[]): readonly SimulatedInstance[] {
  const before = known.get(groups);
  if (before !== undefined) return before;
  let next = 0;
  const instances = groups.flatMap(({ instances: count, threads, batch }) =>
    Array.from({ length: count }, () => ({
      threads,
      largestBatch: batch,
      cpus: Array.from({ length: threads }, () => next++),
    })),
  );
  known.set(groups, instances);
  return instances;
}
