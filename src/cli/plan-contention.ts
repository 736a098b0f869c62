import { modelCost } from '../model/index.ts';
import {
  type ContentionFactor,
  type ContentionPair,
  contentionFactor,
  fitContention,
  predictSlowest,
} from '../plan/index.ts';
import { type Point, type PointSettings, pointHash, pointVisits, replicaSamples } from '../profile/index.ts';
import type { MeasuredPoint } from '../report/series.ts';
import type { StoredContention, StoreReader } from '../store/index.ts';
import type { TrialConfiguration, TrialResult } from '../trial/index.ts';
import type { Session } from './session.ts';

/** The same for all cells of one table: the address with what differs between them left out. */
export function seriesHash(settings: PointSettings): string {
  return pointHash({ ...settings, threads: 0, batch: 0, mode: 'alone', cores: 0 });
}

/** What a contention model belongs to. */
const machineOf = ({ cpuModel, topology }: PointSettings): string => `${cpuModel} ${topology}`;

const cellOf = (threads: number, batch: number): string => `${threads}/${batch}`;

/** Pairs of a series and how to go on to cells that have none. */
type Series = Omit<StoredContention, 'series' | 'pairs'>;

/**
 * Keeps what the points and the last trial of a subject tell of contention on this machine: for each cell that was
 * measured alone, how much longer it took beside others.
 */
export async function recordContention(
  { model, dims, machine, placement, store }: Session,
  points: readonly Point[],
  trial: TrialResult | null,
): Promise<void> {
  const settings = points[0]?.settings;
  if (settings === undefined) return;
  const bytesAt = async (batch: number): Promise<number> => (await modelCost(model, { batch, dims })).bytes;
  const first = await bytesAt(model.fixedBatch);
  const further = model.batchDim === null ? 0 : (await bytesAt(model.fixedBatch + 1)) - first;
  const machineCores = placement.hardwareThreads ? machine.hardwareThreads : machine.physicalCores;
  const series: Series = { trafficBytes: { first, further }, machineCores };
  const alone = new Map(
    points.flatMap((point) =>
      point.state === 'measured' && point.settings.mode === 'alone'
        ? [[cellOf(point.settings.threads, point.settings.batch), point] as const]
        : [],
    ),
  );
  const fromPoints = points.flatMap((point) => pairOfPoint(point, alone, series) ?? []);
  const fromTrial = (trial?.configurations ?? []).flatMap(
    (row) => pairOfTrial(row, trial!.items, { alone, points, series, store }) ?? [],
  );
  store.putContention(machineOf(settings), {
    ...series,
    series: seriesHash(settings),
    pairs: [...fromPoints, ...fromTrial],
  });
}

type Pair = Omit<ContentionPair, 'group'>;
type AlonePoints = ReadonlyMap<string, MeasuredPoint>;

/** A cell measured together against the same measured alone. */
function pairOfPoint(point: Point, alone: AlonePoints, series: Series): Pair | null {
  const { threads, batch, mode, cores } = point.settings;
  const other = alone.get(cellOf(threads, batch));
  if (point.state === 'failed' || mode === 'alone' || other === undefined || threads === cores) return null;
  const { medianMs } = other.stats;
  return {
    busyShare: (cores - threads) / series.machineCores,
    gigabytesPerSecond: trafficOf(series, threads, batch, medianMs),
    ratio: point.stats.medianMs / medianMs,
  };
}

/** Below this time a set spends too much on waking up. */
const leastTrialMs = 1;

interface TrialEvidence {
  readonly alone: AlonePoints;
  readonly points: readonly Point[];
  readonly series: Series;
  readonly store: StoreReader;
}

/** A set of equal, full instances in a trial against what its cell alone predicts; only where that is all there is. */
function pairOfTrial(
  { groups, pinned, medianMs }: TrialConfiguration,
  items: number,
  { alone, points, series, store }: TrialEvidence,
): Pair | null {
  const [group] = groups;
  if (!pinned || group === undefined || groups.length > 1 || medianMs < leastTrialMs) return null;
  const { instances, threads, batch } = group;
  const other = alone.get(cellOf(threads, batch));
  const isTogether = points.some(
    ({ settings }) =>
      settings.mode === 'together' && settings.threads === threads && settings.batch === batch,
  );
  if (other === undefined || isTogether || instances < 2 || instances * batch !== items) return null;
  const samples = replicaSamples(pointVisits(store.load(other.hash)!));
  return {
    busyShare: ((instances - 1) * threads) / series.machineCores,
    gigabytesPerSecond: trafficOf(series, threads, batch, other.stats.medianMs),
    ratio: medianMs / predictSlowest(groups, () => samples),
  };
}

/** Memory traffic of one core, in 10⁹ bytes per second. */
function trafficOf({ trafficBytes }: Series, threads: number, batch: number, aloneMs: number): number {
  const bytes = trafficBytes.first + (batch - 1) * trafficBytes.further;
  return bytes / (aloneMs / 1000) / threads / 1e9;
}

/**
 * How much longer cells take beside others that keep all of T cores busy, by the model fitted to every pair that the
 * project knows of this machine; null where there are too few, or the series has never been recorded.
 */
export function contentionOn(
  settings: PointSettings,
  cores: number,
  store: StoreReader,
): ((point: MeasuredPoint) => ContentionFactor) | null {
  const known = store.contention(machineOf(settings));
  const own = known.find(({ series }) => series === seriesHash(settings));
  const pairs = known.flatMap((one) => one.pairs.map((pair) => ({ ...pair, group: one.series })));
  const model = fitContention(pairs);
  if (own === undefined || model === null) return null;
  return ({ settings: { threads, batch }, stats: { medianMs } }) =>
    contentionFactor(model, {
      busyShare: (cores - threads) / own.machineCores,
      gigabytesPerSecond: trafficOf(own, threads, batch, medianMs),
    });
}
