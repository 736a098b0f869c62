import {
  type Cell,
  type CellOrigin,
  type ContentionFactor,
  type ExplainedAnswer,
  type ExplainedPlan,
  type Group,
  type PlanQuestion,
  planLatency,
  type ReplicaSamples,
  rateGroups,
} from '../plan/index.ts';
import { isSameAlone, type Point, pointVisits, replicaSamples, type Visit } from '../profile/index.ts';
import { nearestPoints } from '../report/nearest-points.ts';
import type { MeasuredPoint } from '../report/series.ts';
import type { StoreReader } from '../store/index.ts';
import { runConditions } from '../trial/index.ts';
import { contentionOn } from './plan-contention.ts';

/** Which points plans are made from. `auto`: those measured together, and the others where there are none. */
export type PlanMode = 'auto' | 'together' | 'alone';

/** A point that a plan may rest on. */
interface Source {
  readonly point: MeasuredPoint;
  readonly origin: CellOrigin;
  /** What its latencies are multiplied by. */
  readonly contention: ContentionFactor;
}

const unchanged: ContentionFactor = { factor: 1, interval: [1, 1] };

/** What plans for at most so many cores are made from: cells, their raw samples, and how runs of sets differ. */
export function planInput(
  points: readonly Point[],
  cores: number,
  store: StoreReader,
  mode: PlanMode = 'auto',
): Required<Pick<PlanQuestion, 'measured' | 'samplesOf' | 'conditions'>> {
  const sources = sourcesOf(points, cores, store, mode);
  const byCell = new Map(sources.map((source) => [cellName(source.point), source]));
  const visits = new Map<string, readonly Visit[]>();
  const visitsOf = ({ hash }: MeasuredPoint): readonly Visit[] => {
    const known = visits.get(hash) ?? pointVisits(store.load(hash)!);
    visits.set(hash, known);
    return known;
  };
  const samplesOf = (threads: number, batch: number): ReplicaSamples | null => {
    const source = byCell.get(`${threads}/${batch}`);
    if (source === undefined) return null;
    const { factor } = source.contention;
    const samples = replicaSamples(visitsOf(source.point));
    return factor === 1 ? samples : samples.map((runs) => Float64Array.from(runs, (ms) => ms * factor));
  };
  const conditions = runConditions(
    sources.map(({ point }) => ({ threads: point.settings.threads, visits: visitsOf(point) })),
  );
  return { measured: sources.map(cellOf), samplesOf, conditions };
}

const cellName = ({ settings: { threads, batch } }: Point): string => `${threads}/${batch}`;

/**
 * One for each cell. Cells measured together come first; with all T threads alone and together are one measurement.
 * Cells measured alone count for more than nothing where none was measured together, also without a contention model;
 * beside such ones they would look too fast.
 */
function sourcesOf(points: readonly Point[], cores: number, store: StoreReader, mode: PlanMode): Source[] {
  const measured = (of: 'together' | 'alone'): MeasuredPoint[] =>
    nearestPoints(points, of, cores).filter((point) => point.state === 'measured');
  // An instance on all T cores has none beside it: in an alone plan it counts too.
  const together = measured('together')
    .filter(({ settings }) => mode !== 'alone' || (settings.cores === cores && isSameAlone(settings, cores)))
    .map((point): Source => ({ point, origin: 'together', contention: unchanged }));
  const known = new Set(together.map(({ point }) => cellName(point)));
  const lone = mode === 'together' ? [] : measured('alone').filter((point) => !known.has(cellName(point)));
  const contention = lone.length === 0 ? null : contentionOn(lone[0]!.settings, cores, store);
  const alone = lone.flatMap((point): Source[] => {
    if (isSameAlone(point.settings, cores)) return [{ point, origin: 'together', contention: unchanged }];
    if (contention !== null)
      return [{ point, origin: 'alone-with-contention', contention: contention(point) }];
    return together.every(({ point: { settings } }) => isSameAlone(settings, cores))
      ? [{ point, origin: 'alone', contention: unchanged }]
      : [];
  });
  return [...together, ...alone];
}

/** The errors of the median and of the factor are independent, so their logarithms add as squares. */
function cellOf({ point, origin, contention }: Source): Cell {
  const { settings, stats, memory } = point;
  const { threads, batch } = settings;
  const latencyMs = stats.medianMs * contention.factor;
  const end = (side: 0 | 1): number => {
    const own = Math.log(stats.interval[side] / stats.medianMs);
    const further = Math.log(contention.interval[side] / contention.factor);
    return latencyMs * Math.exp((side === 0 ? -1 : 1) * Math.hypot(own, further));
  };
  return {
    threads,
    batch,
    latencyMs,
    fitted: false,
    interval: contention === unchanged ? stats.interval : [end(0), end(1)],
    memoryBytes: memory.rssBytes,
    origin,
  };
}

/** What `planFrom` plans for. */
export interface PlanFromOptions {
  readonly cores: number;
  readonly items: number;
  /** Whether cells between measured ones may be used. */
  readonly fit: boolean;
  readonly store: StoreReader;
  /** How many plans beside the best. Default 3. */
  readonly alternatives?: number;
}

/** What is predicted of sets given by hand; null where nothing is known of some cell of a set. */
export function predictionOf(
  points: readonly Point[],
  { cores, items, fit, store }: PlanFromOptions,
): (groups: readonly Group[]) => ExplainedPlan | null {
  if (points.length === 0) return () => null;
  const question = { ...planInput(points, cores, store), fit };
  return (groups) =>
    rateGroups(groups, { ...question, target: { goal: 'latency', items }, limits: { cores } });
}

/** Plans from points, ranking the best few by their raw samples. */
export function planFrom(
  points: readonly Point[],
  { cores, items, fit, store, alternatives }: PlanFromOptions,
): ExplainedAnswer {
  return planLatency({ ...planInput(points, cores, store), cores, items, fit, alternatives });
}
