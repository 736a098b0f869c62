import { found } from '../arithmetic.ts';
import { type Placed, seriesOfSheet } from '../neighbours.ts';
import type { CheckCell, Finding, Rule } from '../types.ts';

/** Measured numbers of many digits hardly come out the same twice. */
export const repeatedNumber: Rule = {
  name: 'repeated-number',
  severity: 'implausible',
  about: 'one number of many digits in two cells whose settings differ',
  check: (sheets) =>
    sheets.flatMap((sheet) =>
      seriesOfSheet(
        sheet,
        ({ column, text }) =>
          column.statistic !== 'max' && measured.has(column.quantity) && digitsOf(text) >= 4,
      ).flatMap(repetitions),
    ),
};

const measured = new Set(['latency', 'throughput', 'time-to-train']);

/** A table this full of numbers may well have two that are equal. */
const mostByChance = 0.05;

const digitsOf = (text: string): number =>
  text
    .replace(/e.*$/i, '')
    .replace(/^[^1-9]*/, '')
    .replaceAll(/\D/g, '').length;

function repetitions(series: readonly Placed[]): Finding[] {
  const groups = [...Map.groupBy(series, ({ cell }) => cell.value).values()].filter(
    ({ length }) => length > 1,
  );
  if (groups.length === 0) return [];
  return groups.flatMap((group) => {
    const cells = group.map(({ cell }) => cell);
    const chance = chanceOf(series, cells[0]!);
    if (chance > mostByChance) return [];
    return [describe(cells, chance)];
  });
}

/**
 * How many equal pairs are expected if the table's numbers lay evenly on a logarithmic scale: each pair agrees where
 * both fall on the same last digit.
 */
function chanceOf(series: readonly Placed[], { half, value }: CheckCell): number {
  const logs = series.map(({ cell }) => Math.log(cell.value));
  const width = Math.max(...logs) - Math.min(...logs);
  if (width <= 0) return 1;
  const pairs = (series.length * (series.length - 1)) / 2;
  return pairs * Math.min(1, (2 * half) / value / width);
}

function describe(cells: readonly CheckCell[], chance: number): Finding {
  const [first, ...rest] = cells.map(found);
  const where = cells.map(({ line, column }) => `line ${line} "${column.name}"`).join(' and ');
  return {
    rule: repeatedNumber.name,
    severity: 'implausible',
    cells: [first!, ...rest],
    text: `${first!.value} stands in ${where}, where settings differ; by chance that happens in about one table of ${Math.max(2, Math.round(1 / Math.max(chance, 1e-6))).toLocaleString('en-US')}`,
    expected: null,
    count: cells.length,
  };
}
