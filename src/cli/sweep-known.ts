import { existsSync } from 'node:fs';
import { type Machine, topologyHash } from '../machine/index.ts';
import { peakModels } from '../model/index.ts';
import { toPoint } from '../profile/index.ts';
import { databaseFileOf, StoreReader } from '../store/index.ts';
import { storedFacts } from './site-facts.ts';

/** What a project folder holds of a sweep before it begins. */
export interface KnownBefore {
  /** Addresses of points that are measured to their end. */
  readonly hashes: ReadonlySet<string>;
  /** What a thread is expected to do, in 10⁹ FLOPs a second: half the machine's measured peak; null: it was not measured. */
  readonly gflopsPerThread: number | null;
}

/** Models do some half of what one large matrix product does; an estimate need not be nearer. */
const shareOfPeak = 0.5;

/** Reads what is stored; nothing where the folder holds no database. */
export function knownBefore(project: string, machine: Machine): KnownBefore {
  if (!existsSync(databaseFileOf(project))) return { hashes: new Set(), gflopsPerThread: null };
  using store = StoreReader.openToRead(project);
  return { hashes: store.measuredHashes(), gflopsPerThread: rateOf(store, machine) };
}

function rateOf(store: StoreReader, machine: Machine): number | null {
  const topology = topologyHash(machine);
  const places = [...store.measurements(new Set(peakModels.map(({ name }) => name)))]
    .filter(({ settings }) => settings.cpuModel === machine.cpuModel && settings.topology === topology)
    .map(({ hash, settings, stored, ...rest }) => ({ point: toPoint(hash, settings, stored), ...rest }));
  const [first] = places;
  if (first === undefined) return null;
  const peak = storedFacts(store, places).peakGflops(first.point.settings);
  if (peak === null) return null;
  const perThread = [...peak].map(([threads, gflops]) => gflops / threads);
  return shareOfPeak * Math.min(...perThread);
}
