/** What can be said of cells: the best of them, where scaling stops, and how two sets of them differ. */
import { type MeasuredCell, placeKey } from '../../dataset/index.ts';
import { median, sortSamples } from '../../stats/index.ts';

/** A gain below this share is not called scaling. */
export const leastGain = 0.05;

/** The cell of the least latency; cells are not empty. */
export const fastest = (cells: readonly MeasuredCell[]): MeasuredCell =>
  cells.reduce((best, cell) => (cell.latency.ms < best.latency.ms ? cell : best));

/** The cell of the greatest throughput; cells are not empty. */
export const busiest = (cells: readonly MeasuredCell[]): MeasuredCell =>
  cells.reduce((best, cell) => (cell.itemsPerSecond > best.itemsPerSecond ? cell : best));

/** The trusted cells where there are any, all of them otherwise: what titles rest on. */
export function trustedOf<T extends { readonly trusted: boolean }>(cells: readonly T[]): readonly T[] {
  const kept = cells.filter(({ trusted }) => trusted);
  return kept.length > 0 ? kept : cells;
}

/** The trusted cells, where every number of threads and every batch has one; all of them otherwise. */
export function trustworthy(cells: readonly MeasuredCell[]): readonly MeasuredCell[] {
  const kept = cells.filter(({ trusted }) => trusted);
  const places = (of: readonly MeasuredCell[]): number =>
    new Set(of.flatMap(({ threads, batch }) => [`threads ${threads}`, `batch ${batch}`])).size;
  return places(kept) === places(cells) ? kept : cells;
}

/** Cells by batch, ascending; each list by threads. */
export function byBatch(cells: readonly MeasuredCell[]): Map<number, MeasuredCell[]> {
  const groups = Map.groupBy(cells, ({ batch }) => batch);
  return new Map([...groups].sort(([a], [b]) => a - b));
}

/** Cells by threads, ascending; each list by batch. */
export function byThreads(cells: readonly MeasuredCell[]): Map<number, MeasuredCell[]> {
  const groups = Map.groupBy(
    cells.toSorted((a, b) => a.batch - b.batch),
    ({ threads }) => threads,
  );
  return new Map([...groups].sort(([a], [b]) => a - b));
}

/**
 * The least number of threads beyond which no measured number is faster by `leastGain`; null for one number of threads.
 * Cells are of one batch.
 */
export function stopsAt(cells: readonly MeasuredCell[]): number | null {
  const sorted = cells.toSorted((a, b) => a.threads - b.threads);
  if (sorted.length < 2) return null;
  const stop = sorted.find(
    (cell, index) =>
      !sorted.slice(index + 1).some((later) => later.latency.ms < (1 - leastGain) * cell.latency.ms),
  );
  return stop!.threads;
}

/** Two cells that differ in one setting. */
export interface CellPair {
  readonly threads: number;
  readonly batch: number;
  readonly base: MeasuredCell;
  readonly other: MeasuredCell;
}

/** Cells of equal place, `place` of the other's being by its threads and batch unless told otherwise. */
export function pairCells(
  base: readonly MeasuredCell[],
  other: readonly MeasuredCell[],
  placeOf: (cell: MeasuredCell) => string = placeKey,
): CellPair[] {
  const others = new Map(other.map((cell) => [placeOf(cell), cell]));
  return base.flatMap((cell) => {
    const partner = others.get(placeKey(cell));
    return partner === undefined
      ? []
      : { threads: cell.threads, batch: cell.batch, base: cell, other: partner };
  });
}

/** Share by which the other's latency is above the base's. */
export const latencyLoss = ({ base, other }: CellPair): number =>
  (other.latency.ms - base.latency.ms) / base.latency.ms;

/** Share by which the other's throughput is below the base's. */
export const throughputLoss = ({ base, other }: CellPair): number =>
  (base.itemsPerSecond - other.itemsPerSecond) / base.itemsPerSecond;

/** Pairs whose 95 % intervals do not meet, of those where both are known. */
export function apart(pairs: readonly CellPair[]): { readonly apart: number; readonly known: number } {
  const known = pairs.flatMap(({ base: { latency: base }, other: { latency: other } }) =>
    base.interval === null || other.interval === null ? [] : [[base.interval, other.interval] as const],
  );
  const differing = known.filter(([base, other]) => other[0] > base[1] || other[1] < base[0]);
  return { apart: differing.length, known: known.length };
}

/** Median, least and greatest. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
  readonly count: number;
}

/** How numbers spread; null for none. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = sortSamples(values);
  return { median: median(sorted), least: sorted[0]!, greatest: sorted.at(-1)!, count: values.length };
}
