import type { EngineSettings } from '../engine/index.ts';
import type { Instance, InstanceCache, InstanceKey } from '../instance/index.ts';
import {
  type Allocator,
  type HugePages,
  type Machine,
  type Mapping,
  type MemoryPolicy,
  placeInstances,
} from '../machine/index.ts';
import type { GridCell } from './grid.ts';

/** Where and how instances are placed. */
export interface Placement {
  /** Its `usable` are the cores that may be used. */
  readonly machine: Machine;
  /** T: those cores, or where `hardwareThreads` is set their hardware threads, as `chooseCores` counts them. */
  readonly cores: number;
  readonly mapping: Mapping;
  readonly hardwareThreads: boolean;
  readonly memoryPolicy: MemoryPolicy;
  /** Default: the C library's. */
  readonly allocator?: Allocator;
  /** Default: as the system's mode is. */
  readonly hugePages?: HugePages;
  /** False: the kernel places the threads. Default: each instance is pinned to CPUs of its own. */
  readonly pinned?: false;
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

/** Instance keys of a set of instances with the given threads, each on CPUs of its own. */
export function placedKeys(
  threads: readonly number[],
  settings: Omit<EngineSettings, 'threads'>,
  placement: Placement,
): InstanceKey[] {
  const { machine, mapping, hardwareThreads, memoryPolicy, allocator, hugePages, pinned } = placement;
  const places = placeInstances({ machine, threads, mapping, hardwareThreads });
  return places.map((cpus, index) => ({
    settings: { ...settings, threads: threads[index]! },
    // Instances that are not pinned are told apart by their number.
    ...(pinned === false ? { cpus: null, replica: index } : { cpus }),
    memoryPolicy,
    ...(allocator === undefined ? {} : { allocator }),
    ...(hugePages === undefined ? {} : { hugePages }),
  }));
}

/**
 * Instance keys of a cell: first ⌊T/t⌋ replicas, then the filler where CPUs are left over. `alone` has the first replica only,
 * on the same CPUs as among the others.
 */
export function cellSetKeys(
  cell: GridCell,
  settings: Omit<EngineSettings, 'threads'>,
  placement: Placement,
): InstanceKey[] {
  const count = Math.floor(placement.cores / cell.threads);
  const left = placement.cores % cell.threads;
  const threads = Array.from({ length: count }, () => cell.threads);
  const keys = placedKeys(left > 0 ? [...threads, left] : threads, settings, placement);
  return cell.mode === 'alone' ? keys.slice(0, 1) : keys;
}

/** Takes the instances of a cell from the cache; cells of equal threads share them. */
export async function takeCellSet(
  cell: GridCell,
  settings: Omit<EngineSettings, 'threads'>,
  placement: Placement,
  cache: InstanceCache,
): Promise<CellSet> {
  const instances = await cache.take(cellSetKeys(cell, settings, placement));
  const count = replicaCount(cell, placement.cores);
  return { replicas: instances.slice(0, count), filler: instances[count] ?? null };
}
