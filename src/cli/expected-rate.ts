import { existsSync } from 'node:fs';
import { describeEngine } from '../engine/index.ts';
import { type Machine, topologyHash } from '../machine/index.ts';
import { peakModels } from '../model/index.ts';
import { toPoint } from '../profile/index.ts';
import { databaseFileOf, StoreReader } from '../store/index.ts';
import { storedFacts } from './site-facts.ts';
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
  const { name, version } = describeEngine(engine);
  const places = [...store.measurements(new Set(peakModels.map(({ name }) => name)))]
    .filter(
      ({ settings }) =>
        isHere(settings) && settings.engine.name === name && settings.engine.version === version,
    )
    .map(({ hash, settings, stored, ...rest }) => ({ point: toPoint(hash, settings, stored), ...rest }));
  const [first] = places;
  if (first === undefined) return null;
  const peak = storedFacts(store, places).peakGflops(first.point.settings);
  if (peak === null) return null;
  const perThread = [...peak].map(([threads, gflops]) => gflops / threads);
  return shareOfPeak * Math.min(...perThread);
}
