import { type Interval, mean, studentQuantile } from '../stats/index.ts';
import type { CellVerdict, ComparedCell, GridComparison, GridVerdict, Obstacle } from './types.ts';

/**
 * What all cells say together.
 *
 * @param errors Standard errors of the logarithms of the compared cells' ratios.
 * @param tails Chance that the mean's interval may miss.
 */
export function summariseGrid(
  cells: readonly ComparedCell[],
  errors: readonly number[],
  tails: number,
): GridComparison {
  const compared = cells.filter(({ interval }) => interval !== null);
  const counts: Record<CellVerdict, number> = {
    faster: 0,
    slower: 0,
    'no difference': 0,
    'not comparable': 0,
  };
  const obstacles: Partial<Record<Obstacle, number>> = {};
  for (const { verdict, obstacle } of cells) {
    counts[verdict]++;
    if (obstacle !== null) obstacles[obstacle] = (obstacles[obstacle] ?? 0) + 1;
  }
  // The same runs against themselves tell nothing.
  const others = cells.filter(({ obstacle }) => obstacle !== 'same runs');
  const logs = (compared.length > 0 ? compared : others).flatMap(({ ratio }) =>
    ratio === null ? [] : Math.log(ratio),
  );
  const geometricInterval = errors.length < 2 ? null : meanInterval(logs, errors, tails);
  return {
    cells,
    compared: compared.length,
    counts,
    obstacles,
    regressions: cells.filter(({ regression }) => regression).length,
    geometricMean: logs.length === 0 ? null : Math.exp(mean(logs)),
    geometricInterval,
    verdict: verdictOf(counts, compared.length, geometricInterval),
  };
}

/** By the cells' own errors, or by how far the cells lie apart where that is more. */
function meanInterval(logs: readonly number[], errors: readonly number[], tails: number): Interval {
  const n = logs.length;
  const centre = mean(logs);
  const own = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0)) / n;
  const apart = Math.sqrt(logs.reduce((sum, log) => sum + (log - centre) ** 2, 0) / (n - 1) / n);
  const half = studentQuantile(tails, n - 1) * Math.max(own, apart);
  return [Math.exp(centre - half), Math.exp(centre + half)];
}

/** Cells that were shown to differ decide; where there are none, their mean may still tell. */
function verdictOf(
  { faster, slower }: Readonly<Record<CellVerdict, number>>,
  compared: number,
  interval: Interval | null,
): GridVerdict {
  if (compared === 0) return 'not comparable';
  if (faster > 0 && slower > 0) return 'mixed';
  if (slower > 0 || (faster === 0 && interval !== null && interval[0] > 1)) return 'slower';
  if (faster > 0 || (interval !== null && interval[1] < 1)) return 'faster';
  return 'no difference';
}
