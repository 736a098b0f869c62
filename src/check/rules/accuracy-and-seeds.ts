import { overlap, rangeOf, showLike } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { isSamePrecision } from '../sheet.ts';
import type { CheckCell, Finding, Rule, Sheet } from '../types.ts';
import { seedsOf } from './seeds.ts';

/** An accuracy that stands for several seeds is their mean, best or worst, and of the precision its heading names. */
export const accuracyAndSeeds: Rule = {
  name: 'accuracy-and-seeds',
  severity: 'implausible',
  about:
    'an accuracy or loss that is not that of the seeds in another table, or is that of another precision',
  check: (sheets) => {
    const runs = sheets.flatMap(runsOf);
    return accuracyRows(sheets).flatMap((row) => checkRow(row, runs));
  },
};

/** The seeds of one precision, by the name of what was measured. */
export interface Runs {
  readonly precision: string;
  readonly kind: 'accuracy' | 'loss';
  readonly metric: string;
  readonly seeds: readonly CheckCell[];
  readonly mean: CheckCell | null;
  readonly deviation: CheckCell | null;
}

/** Of every row of seeds whose table tells a precision. */
export function runsOf({ rows, facts }: Sheet): Runs[] {
  return rows.flatMap((row) => {
    const { seeds, mean, deviation } = seedsOf(row);
    const precision = row.settings['precision'] ?? facts.precision;
    if (precision === null || seeds.length < 2) return [];
    const metric = row.settings['metric'] ?? '';
    return [
      {
        precision,
        metric,
        kind: /loss/i.test(metric) ? ('loss' as const) : ('accuracy' as const),
        seeds,
        mean,
        deviation,
      },
    ];
  });
}

/** The accuracies of one row, of two precisions at least. */
export function accuracyRows(sheets: readonly Sheet[]): CheckCell[][] {
  return sheets.flatMap(({ rows }) =>
    rows
      .map(({ cells }) =>
        cells.filter(
          ({ column }) =>
            column.role === 'measure' &&
            ['accuracy', 'loss'].includes(column.quantity) &&
            column.precision !== null &&
            column.statistic === 'average',
        ),
      )
      .filter((cells) => cells.length >= 2),
  );
}

const statistics = ['mean', 'best', 'worst'] as const;
type SeedStatistic = (typeof statistics)[number];

function statisticOf(
  { kind, seeds, mean }: Runs,
  statistic: SeedStatistic,
): { readonly value: number; readonly half: number; readonly text: string } {
  const values = seeds.map(({ value }) => value);
  const half = Math.max(...seeds.map((seed) => seed.half));
  if (statistic === 'mean') {
    if (mean !== null) return mean;
    const value = values.reduce((sum, one) => sum + one, 0) / values.length;
    return { value, half, text: value.toPrecision(6) };
  }
  const value = (statistic === 'best') === (kind === 'accuracy') ? Math.max(...values) : Math.min(...values);
  const { text } = seeds.find((seed) => seed.value === value)!;
  return { value, half, text };
}

/** Pairs of precisions, each with the seeds of the same metric and number. */
function checkRow(cells: readonly CheckCell[], runs: readonly Runs[]): Finding[] {
  return cells.flatMap((a, index) =>
    cells.slice(index + 1).flatMap((b) => {
      const pairs = runs.flatMap((one) =>
        runs
          .filter(
            (other) =>
              other !== one && other.metric === one.metric && other.seeds.length === one.seeds.length,
          )
          .filter(
            (other) =>
              isSamePrecision(one.precision, a.column.precision) &&
              isSamePrecision(other.precision, b.column.precision),
          )
          .map((other) => [one, other] as const),
      );
      const findings = pairs.flatMap(([one, other]) =>
        statistics.flatMap((statistic) => judge(a, b, one, other, statistic) ?? []),
      );
      return findings.slice(0, 1);
    }),
  );
}

/** Far enough apart that one could be told from the other, and near enough to be the same training. */
const near = 0.01;

function judge(a: CheckCell, b: CheckCell, one: Runs, other: Runs, statistic: SeedStatistic): Finding | null {
  const [first, second] = [statisticOf(one, statistic), statisticOf(other, statistic)];
  const fits = (cell: CheckCell, value: typeof first): boolean => overlap(rangeOf(cell), rangeOf(value));
  if (fits(a, first) && fits(b, second)) return null;
  const table = (runs: Runs): string => `${runs.seeds[0]!.table}`;
  if (fits(a, second) && fits(b, first)) {
    const text = `"${a.column.name}" ${a.text} is the ${statistic} of ${other.precision} (${second.text} in ${table(other)}), "${b.column.name}" ${b.text} that of ${one.precision} (${first.text} in ${table(one)})`;
    return makeFinding(accuracyAndSeeds, [a, b, ...proof(one, other)], text, 'the two the other way round');
  }
  // One that fits to four digits shows which statistic the table gives; the other should be the same one.
  const [wrong, right, value, runs] = fits(a, first)
    ? ([b, a, second, other] as const)
    : ([a, b, first, one] as const);
  if (!(fits(a, first) || fits(b, second)) || right.text.replaceAll(/\D/g, '').length < 4) return null;
  if (statistic === 'mean' || Math.abs(wrong.value / value.value - 1) > near) return null;
  const text = `"${right.column.name}" ${right.text} is the ${statistic} of its seeds, but that of ${runs.precision} is ${value.text} (${table(runs)}), not ${wrong.text}`;
  return makeFinding(accuracyAndSeeds, [wrong, right, ...proof(runs)], text, showLike(value.value, wrong));
}

const proof = (...runs: readonly Runs[]): CheckCell[] => runs.map(({ mean, seeds }) => mean ?? seeds[0]!);
