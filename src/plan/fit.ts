import { lessLikeSets, originOf } from './origin.ts';
import type { Cell } from './types.ts';

/** Which cells to fill in. */
export interface FitRange {
  readonly threads: readonly number[];
  readonly batches: readonly number[];
}

/**
 * The measured cells, and interpolated ones between them for the asked threads and batches; never beyond what was
 * measured. Along the batch latency is nearly affine, so straight lines; along the threads it is nearly a power, so
 * straight lines on logarithmic axes. Filled-in cells are marked `fitted`.
 */
export function fitCells(measured: readonly Cell[], range: FitRange): Cell[] {
  const columns = new Map<number, Cell[]>();
  for (const [threads, column] of Map.groupBy(measured, (cell) => cell.threads))
    columns.set(threads, fillBatches(column, range.batches));
  const known = [...columns.keys()].sort((a, b) => a - b);
  for (const threads of range.threads) {
    if (columns.has(threads)) continue;
    const below = known.findLast((other) => other < threads);
    const above = known.find((other) => other > threads);
    if (below === undefined || above === undefined) continue;
    columns.set(threads, between(threads, columns.get(below)!, columns.get(above)!));
  }
  return [...columns.values()].flat();
}

/** Up to so many items every batch is a candidate. */
const everyBatchUpTo = 256;
/** For a rate every batch up to this one is; beyond, they grow by one part in so many. */
const batchSteps = 32;

/**
 * Which cells may matter on so many cores.
 *
 * @param items B, or null where a rate is wanted: then batches go as far as measured ones do.
 */
export function fitRange(measured: readonly Cell[], cores: number, items: number | null): FitRange {
  const threads = upTo(cores);
  const most = items ?? measured.reduce((largest, { batch }) => Math.max(largest, batch), 0);
  if (items === null) {
    const batches: number[] = [];
    for (let batch = 1; batch <= most; batch += Math.ceil(batch / batchSteps)) batches.push(batch);
    return { threads, batches };
  }
  if (items <= everyBatchUpTo) return { threads, batches: upTo(items) };
  // What equal instances can use.
  return { threads, batches: [...new Set(threads.map((instances) => Math.ceil(items / instances)))] };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

function fillBatches(column: readonly Cell[], batches: readonly number[]): Cell[] {
  const cells = [...column].sort((a, b) => a.batch - b.batch);
  const filled = [...cells];
  for (const batch of batches) {
    const above = cells.findIndex((cell) => cell.batch >= batch);
    if (above <= 0 || cells[above]!.batch === batch) continue;
    const [low, high] = [cells[above - 1]!, cells[above]!];
    const share = (batch - low.batch) / (high.batch - low.batch);
    filled.push(mixed(low, high, low.threads, batch, (from, to) => from + share * (to - from), share));
  }
  return filled;
}

function between(threads: number, below: readonly Cell[], above: readonly Cell[]): Cell[] {
  const upper = new Map(above.map((cell) => [cell.batch, cell]));
  return below.flatMap((low) => {
    const high = upper.get(low.batch);
    if (high === undefined) return [];
    const share = Math.log(threads / low.threads) / Math.log(high.threads / low.threads);
    return [mixed(low, high, threads, low.batch, (from, to) => from * (to / from) ** share, share)];
  });
}

/** A cell between two: latency and its interval by `line`, memory straight; what one of them lacks is left out. */
function mixed(
  low: Cell,
  high: Cell,
  threads: number,
  batch: number,
  line: (from: number, to: number) => number,
  share: number,
): Cell {
  return {
    threads,
    batch,
    latencyMs: line(low.latencyMs, high.latencyMs),
    fitted: true,
    ...(low.origin === undefined && high.origin === undefined
      ? {}
      : { origin: lessLikeSets(originOf(low), originOf(high)) }),
    ...(low.interval === undefined || high.interval === undefined
      ? {}
      : { interval: [line(low.interval[0], high.interval[0]), line(low.interval[1], high.interval[1])] }),
    ...(low.memoryBytes === undefined || high.memoryBytes === undefined
      ? {}
      : { memoryBytes: Math.ceil(low.memoryBytes + share * (high.memoryBytes - low.memoryBytes)) }),
  };
}
