import type { EngineSettings } from '../engine/index.ts';
import type { Instance, InstanceCache, InstanceKey } from '../instance/index.ts';
import { type Machine, type Mapping, type MemoryPolicy, placeInstances } from '../machine/index.ts';
import type { GridCell } from './grid.ts';

/** Where and how instances are placed. */
export interface Placement {
  /** Its `usable` are the cores that may be used. */
  readonly machine: Machine;
  readonly cores: number;
  readonly mapping: Mapping;
  readonly hardwareThreads: boolean;
  readonly memoryPolicy: MemoryPolicy;
}

/** The instances that measure one cell. */
export interface CellSet {
  /** Counted. */
  readonly replicas: readonly Instance[];
  /** Keeps the cores busy that are left over; not counted. */
  readonly filler: Instance | null;
}

/** ⌊T/t⌋ for `together`, 1 for `alone`. */
export function replicaCount(cell: GridCell, cores: number): number {
  return cell.mode === 'together' ? Math.floor(cores / cell.threads) : 1;
}

/** Instance keys of a set of instances with the given threads, each on its own cores. */
export function placedKeys(
  threads: readonly number[],
  settings: Omit<EngineSettings, 'threads'>,
  placement: Placement,
): InstanceKey[] {
  const { machine, mapping, hardwareThreads, memoryPolicy } = placement;
  const places = placeInstances({ machine, threads, mapping, hardwareThreads });
  return places.map((cpus, index) => ({
    settings: { ...settings, threads: threads[index]! },
    cpus,
    memoryPolicy,
  }));
}

/** Takes the instances of a cell from the cache; cells of equal threads share them. */
export async function takeCellSet(
  cell: GridCell,
  settings: Omit<EngineSettings, 'threads'>,
  placement: Placement,
  cache: InstanceCache,
): Promise<CellSet> {
  const { cores } = placement;
  const count = Math.floor(cores / cell.threads);
  const left = cores - count * cell.threads;
  const threads = Array.from({ length: count }, () => cell.threads);
  const keys = placedKeys(left > 0 ? [...threads, left] : threads, settings, placement);
  const wanted = cell.mode === 'alone' ? keys.slice(0, 1) : keys;
  const instances = await cache.take(wanted);
  return { replicas: instances.slice(0, replicaCount(cell, cores)), filler: instances[count] ?? null };
}
