import { exactly, overlap, rangeOf, show, showLike } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import type { CheckCell, CheckRow, Finding, Rule } from '../types.ts';

/** A mean must be that of the runs listed beside it, whatever rounding took from them. */
export const meanOfSeeds: Rule = {
  name: 'mean-of-seeds',
  severity: 'impossible',
  about: 'a mean that is not that of the listed seeds',
  check: (sheets) => sheets.flatMap(({ rows }) => rows.flatMap(checkMean)),
};

/** A standard deviation must be that of the runs, of a sample (n − 1) or a population (n). */
export const deviationOfSeeds: Rule = {
  name: 'deviation-of-seeds',
  severity: 'impossible',
  about: 'a standard deviation that is not that of the listed seeds',
  check: (sheets) => sheets.flatMap(({ rows }) => rows.flatMap(checkDeviation)),
};

/** The listed runs of a row, and the statistics beside them. */
export function seedsOf({ cells }: CheckRow): {
  readonly seeds: readonly CheckCell[];
  readonly mean: CheckCell | null;
  readonly deviation: CheckCell | null;
} {
  const statistic = (wanted: string): CheckCell | null =>
    cells.find(
      ({ column }) => column.role === 'measure' && column.quantity === 'seed' && column.statistic === wanted,
    ) ?? null;
  return {
    seeds: cells.filter(({ column }) => column.role === 'seed'),
    mean: statistic('average'),
    deviation: statistic('deviation'),
  };
}

const meanOf = (seeds: readonly CheckCell[]): number =>
  seeds.reduce((sum, { value }) => sum + value, 0) / seeds.length;

/** The most that rounding moved any of the listed numbers. */
const halfOf = (seeds: readonly CheckCell[]): number => Math.max(...seeds.map(({ half }) => half));

function checkMean(row: CheckRow): Finding[] {
  const { seeds, mean } = seedsOf(row);
  if (mean === null || seeds.length < 2) return [];
  const value = meanOf(seeds);
  const text = `the mean of ${list(seeds)} is ${show(value)}, not ${mean.text}`;
  const cells = [mean, ...seeds] as const;
  if (!overlap(rangeOf(mean), rangeOf({ value, half: halfOf(seeds) })))
    return [makeFinding(meanOfSeeds, cells, text, showLike(value, mean))];
  if (overlap(rangeOf(mean), exactly(value))) return [];
  const why = `${text}; what rounding took from the seeds could be the difference`;
  return [makeFinding({ ...meanOfSeeds, severity: 'note' }, cells, why, showLike(value, mean))];
}

function checkDeviation(row: CheckRow): Finding[] {
  const { seeds, deviation } = seedsOf(row);
  if (deviation === null || seeds.length < 2) return [];
  const mean = meanOf(seeds);
  const squares = seeds.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
  const sample = Math.sqrt(squares / (seeds.length - 1));
  const population = Math.sqrt(squares / seeds.length);
  // Moving each of n numbers by h moves the root of their summed squares by at most h·√n.
  const room = halfOf(seeds) * Math.sqrt(seeds.length / (seeds.length - 1));
  const fits = [sample, population].some((value) =>
    overlap(rangeOf(deviation), rangeOf({ value, half: room })),
  );
  if (fits) return [];
  const text = `the standard deviation of ${list(seeds)} is ${show(sample)} (of a population ${show(population)}), not ${deviation.text}`;
  return [makeFinding(deviationOfSeeds, [deviation, ...seeds], text, showLike(sample, deviation))];
}

function list(seeds: readonly CheckCell[]): string {
  const texts = seeds.map(({ text }) => text);
  return texts.length <= 6
    ? texts.join(', ')
    : `${texts.slice(0, 3).join(', ')} … ${texts.at(-1)} (${texts.length} seeds)`;
}
