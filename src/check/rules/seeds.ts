import { exactly, overlap, rangeOf, show, showLike } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import type { CheckCell, CheckRow, Finding, Rule } from '../types.ts';

/** A mean, minimum or maximum must be that of the runs listed beside it, whatever rounding took from them. */
export const meanOfSeeds: Rule = {
  name: 'mean-of-seeds',
  severity: 'impossible',
  about: 'a mean, minimum or maximum that is not that of the listed seeds',
  check: (sheets) =>
    sheets.flatMap(({ rows }) => rows.flatMap((row) => [...checkMean(row), ...checkEnds(row)])),
};

/** A standard deviation must be that of the runs, of a sample (n − 1) or a population (n). */
export const deviationOfSeeds: Rule = {
  name: 'deviation-of-seeds',
  severity: 'impossible',
  about: 'a standard deviation that is not that of the listed seeds',
  check: (sheets) =>
    sheets.flatMap(({ rows }) => rows.flatMap((row) => [...checkDeviation(row), ...checkError(row)])),
};

/** The listed runs of a row, and the statistics beside them. */
export function seedsOf({ cells }: CheckRow): {
  readonly seeds: readonly CheckCell[];
  readonly mean: CheckCell | null;
  readonly deviation: CheckCell | null;
} {
  return {
    seeds: cells.filter(({ column }) => column.role === 'seed'),
    mean: statisticOf(cells, 'average'),
    deviation: statisticOf(cells, 'deviation'),
  };
}

const statisticOf = (cells: readonly CheckCell[], wanted: string): CheckCell | null =>
  cells.find(
    ({ column }) => column.role === 'measure' && column.quantity === 'seed' && column.statistic === wanted,
  ) ?? null;

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

/** The least and the largest run; the worst of accuracies is the least. */
function checkEnds(row: CheckRow): Finding[] {
  const { seeds } = seedsOf(row);
  if (seeds.length < 2) return [];
  const ascending = seeds.toSorted((a, b) => a.value - b.value);
  const [least, largest] = [ascending[0]!, ascending.at(-1)!];
  return (['min', 'max'] as const).flatMap((statistic) => {
    const cell = statisticOf(row.cells, statistic);
    const end = statistic === 'min' ? least : largest;
    const ends = /worst|lowest|highest/i.test(cell?.column.name ?? '') ? [least, largest] : [end];
    if (cell === null || ends.some((one) => overlap(rangeOf(cell), rangeOf(one)))) return [];
    const text = `the ${statistic} of ${list(seeds)} is ${end.text}, not ${cell.text}`;
    return [makeFinding(meanOfSeeds, [cell, end], text, showLike(end.value, cell))];
  });
}

/** 97.5 % quantiles of Student's t distribution, by degrees of freedom from 1. */
const student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** What stands behind ± may be a deviation, one or two errors of the mean, a 95 % interval, or half of the range. */
function checkError(row: CheckRow): Finding[] {
  const { seeds } = seedsOf(row);
  const error = statisticOf(row.cells, 'error');
  if (error === null || seeds.length < 2) return [];
  const values = seeds.map(({ value }) => value);
  const mean = meanOf(seeds);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const count = values.length;
  const range = Math.max(...values) - Math.min(...values);
  const deviations = [count - 1, count].map((of) => Math.sqrt(squares / of));
  const factors = [1, 2, 1.96, student[count - 2] ?? 1.96];
  const meant = deviations.flatMap((deviation) =>
    [1, Math.sqrt(count)].flatMap((root) => factors.map((factor) => (factor * deviation) / root)),
  );
  const room = halfOf(seeds) * Math.sqrt(count / (count - 1));
  if ([...meant, range, range / 2].some((value) => overlap(rangeOf(error), rangeOf({ value, half: room }))))
    return [];
  const text = `the standard deviation of ${list(seeds)} is ${show(deviations[0]!)}, their standard error ${show(deviations[0]! / Math.sqrt(count))}; ${error.text} is neither, nor a 95 % interval`;
  return [makeFinding({ ...deviationOfSeeds, severity: 'implausible' }, [error, ...seeds], text)];
}

function list(seeds: readonly CheckCell[]): string {
  const texts = seeds.map(({ text }) => text);
  return texts.length <= 6
    ? texts.join(', ')
    : `${texts.slice(0, 3).join(', ')} … ${texts.at(-1)} (${texts.length} seeds)`;
}
