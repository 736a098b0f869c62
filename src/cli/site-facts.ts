import type { MeasuredPlace, PointFacts, SkippedCells, Utilisation } from '../dataset/index.ts';
import { peakModels } from '../model/index.ts';
import { type PointSettings, toPoint } from '../profile/index.ts';
import type { StoreReader } from '../store/index.ts';
import {
  isSameEngine,
  type StoredUtilisation,
  utilisationResult,
  utilisationSchema,
} from './run-utilisation.ts';
import {
  isOfMachine,
  modelCostResult,
  modelCostSchema,
  resultsOf,
  type StoredSweep,
  sizeSubject,
  sweepsOf,
} from './sweep-records.ts';

/** Whether a model is one of those whose rates stand for a machine's peak. */
export const showsPeak = (model: string): boolean => peakModels.some(({ name }) => name === model);

/** The current points of models and of those that show a machine's peak. */
export function measuredPlaces(store: StoreReader, models: Iterable<string>): MeasuredPlace[] {
  const wanted = new Set([...models, ...peakModels.map(({ name }) => name)]);
  return Array.from(store.measurements(wanted), ({ hash, settings, stored, machine, versions }) => ({
    point: toPoint(hash, settings, stored),
    machine,
    versions,
  }));
}

/** What a project folder holds about its points: the work of models, peaks of machines, recorded runs. */
export function storedFacts(store: StoreReader, places: readonly MeasuredPlace[]): PointFacts {
  const flopsPerItem = (settings: PointSettings): number | null => {
    const [newest] = resultsOf(store, modelCostResult, sizeSubject(settings), modelCostSchema);
    return newest?.flopsPerItem ?? null;
  };
  const peaks = peaksOf(places, flopsPerItem);
  return {
    flopsPerItem,
    peakGflops: (settings) => peaks.get(peakKey(settings)) ?? null,
    utilisation: (settings) => {
      const newest = resultsOf(store, utilisationResult, sizeSubject(settings), utilisationSchema).find(
        (one) => isOfMachine(settings)(one) && isSameEngine(one.engine, settings.engine),
      );
      return newest?.runs.map(toUtilisation) ?? null;
    },
    skipped: (settings) => {
      const sweeps = sweepsOf(store, settings.model.contentHash, settings);
      return sweeps.length === 0 ? null : skippedOf(sweeps);
    },
  };
}

/** A peak is an engine's on a machine: what computes nothing is faster than any. */
const peakKey = ({ cpuModel, topology, engine }: PointSettings): string =>
  JSON.stringify([cpuModel, topology, engine.name, engine.version]);

/** The greatest rate of those models for each machine and engine, by threads on physical cores. */
function peaksOf(
  places: readonly MeasuredPlace[],
  flopsPerItem: (settings: PointSettings) => number | null,
): Map<string, Map<number, number>> {
  const peaks = new Map<string, Map<number, number>>();
  for (const { point } of places) {
    const { settings } = point;
    if (point.state === 'failed' || !showsPeak(settings.model.name) || settings.hardwareThreads) continue;
    const flops = flopsPerItem(settings);
    if (flops === null) continue;
    const gflops = (flops * settings.batch) / point.stats.medianMs / 1e6;
    const own = peaks.get(peakKey(settings)) ?? new Map<number, number>();
    own.set(settings.threads, Math.max(gflops, own.get(settings.threads) ?? 0));
    peaks.set(peakKey(settings), own);
  }
  return peaks;
}

/** What no sweep could measure, each once: of the same words the newest sweep's count. */
function skippedOf(sweeps: readonly StoredSweep[]): SkippedCells[] {
  const found = new Map<string, SkippedCells>();
  for (const { setting, reason, cells } of sweeps.flatMap(({ skipped }) => skipped))
    if (!found.has(`${setting}\n${reason}`)) found.set(`${setting}\n${reason}`, { setting, reason, cells });
  return [...found.values()];
}

function toUtilisation(run: StoredUtilisation['runs'][number]): Utilisation {
  const steps = run.busy[0]?.length ?? 0;
  const threads = run.threads === null ? 'the engine’s own threads' : `${run.threads} threads`;
  return {
    label: run.placed === 'pinned' ? `Pinned, ${threads}` : `Not pinned, ${threads}`,
    pinned: run.placed === 'pinned',
    cpus: run.cpus,
    timesMs: Array.from({ length: steps }, (_, step) => (step + 1) * run.stepMs),
    busy: run.busy,
  };
}
