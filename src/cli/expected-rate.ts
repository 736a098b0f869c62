import { existsSync } from 'node:fs';
import { describeEngine } from '../engine/index.ts';
import { type Machine, topologyHash } from '../machine/index.ts';
import { databaseFileOf, StoreReader } from '../store/index.ts';
import { isSameEngine } from './run-utilisation.ts';
import { measuredPlaces, storedFacts } from './site-facts.ts';
import { isOfMachine } from './sweep-records.ts';

/** Models do some half of what one large matrix product does; an estimate need not be nearer. */
const shareOfPeak = 0.5;

/**
 * What a thread is expected to do, in 10⁹ FLOPs a second: half the stored peak of the machine and engine; null: it was not measured.
 *
 * @param engine As the sweep names it: `null:delay=5`.
 */
export function expectedRate(project: string, machine: Machine, engine: string): number | null {
  if (!existsSync(databaseFileOf(project))) return null;
  using store = StoreReader.openToRead(project);
  return rateOf(store, machine, engine);
}

function rateOf(store: StoreReader, machine: Machine, engine: string): number | null {
  const isHere = isOfMachine({ cpuModel: machine.cpuModel, topology: topologyHash(machine) });
  const asked = describeEngine(engine);
  const places = measuredPlaces(store, []);
  const own = places.find(
    ({ point: { settings } }) => isHere(settings) && isSameEngine(settings.engine, asked),
  );
  const peak = own === undefined ? null : storedFacts(store, places).peakGflops(own.point.settings);
  if (peak === null) return null;
  const perThread = [...peak].map(([threads, gflops]) => gflops / threads);
  return shareOfPeak * Math.min(...perThread);
}
