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

function fillBatches(column: readonly Cell[], batches: readonly number[]): Cell[] {
  const cells = [...column].sort((a, b) => a.batch - b.batch);
  const filled = [...cells];
  for (const batch of batches) {
    const above = cells.findIndex((cell) => cell.batch >= batch);
    if (above <= 0 || cells[above]!.batch === batch) continue;
    const [low, high] = [cells[above - 1]!, cells[above]!];
    const share = (batch - low.batch) / (high.batch - low.batch);
    const latencyMs = low.latencyMs + share * (high.latencyMs - low.latencyMs);
    filled.push({ threads: low.threads, batch, latencyMs, fitted: true });
  }
  return filled;
}

function between(threads: number, below: readonly Cell[], above: readonly Cell[]): Cell[] {
  const upper = new Map(above.map((cell) => [cell.batch, cell]));
  return below.flatMap((low) => {
    const high = upper.get(low.batch);
    if (high === undefined) return [];
    const share = Math.log(threads / low.threads) / Math.log(high.threads / low.threads);
    const latencyMs = low.latencyMs * (high.latencyMs / low.latencyMs) ** share;
    return [{ threads, batch: low.batch, latencyMs, fitted: true }];
  });
}
