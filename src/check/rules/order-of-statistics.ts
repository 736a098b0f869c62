import { rankOf } from '../../table/results/index.ts';
import { isAbove } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { isAlike, measuresOf } from '../sheet.ts';
import type { CheckCell, CheckRow, Finding, Rule } from '../types.ts';

/** Latencies, times and throughputs of one population: min ≤ 50 % ≤ 90 % ≤ … ≤ max, and min ≤ average ≤ max. */
export const orderOfStatistics: Rule = {
  name: 'order-of-statistics',
  severity: 'impossible',
  about: 'a minimum above the average, an average above the maximum, or percentiles that do not ascend',
  check: (sheets) => sheets.flatMap((sheet) => sheet.rows.flatMap(checkRow)),
};

function checkRow(row: CheckRow): Finding[] {
  const cells = measuresOf(row, 'latency', 'throughput', 'time-to-train', 'memory', 'power');
  const populations: CheckCell[][] = [];
  for (const cell of cells) {
    const own = populations.find(
      ([first]) => first!.column.quantity === cell.column.quantity && isAlike(first!.column, cell.column),
    );
    if (own === undefined) populations.push([cell]);
    else own.push(cell);
  }
  return populations.flatMap((population) => [...percentiles(population), ...averages(population)]);
}

/** The percentile that breaks the order is the one without which the others ascend. */
function percentiles(population: readonly CheckCell[]): Finding[] {
  const ranked = population
    .filter(({ column }) => rankOf(column.statistic) !== null)
    .sort((a, b) => rankOf(a.column.statistic)! - rankOf(b.column.statistic)!);
  // Rates of the slowest requests are small: percentiles of throughput may be counted either way.
  const isRate = ranked[0]?.column.quantity === 'throughput';
  const ordered = isRate ? ranked.filter(({ column }) => ['min', 'max'].includes(column.statistic!)) : ranked;
  if (ascends(ordered)) return [];
  const culprit = ordered.find((cell) => ascends(ordered.filter((other) => other !== cell)));
  const at = culprit === undefined ? 0 : ordered.indexOf(culprit);
  const [below, above] = [ordered[at - 1], ordered[at + 1]];
  const first = culprit ?? ordered.find((cell, index) => index > 0 && isAbove(ordered[index - 1]!, cell))!;
  const others = ordered.filter((cell) => cell !== first);
  const text = ordered.map((cell) => `${cell.column.statistic} ${cell.text}`).join(', ');
  const room =
    culprit === undefined || (below === undefined && above === undefined)
      ? null
      : `${below === undefined ? 'at most' : above === undefined ? 'at least' : 'from'} ${below?.text ?? ''}${
          below !== undefined && above !== undefined ? ' to ' : ''
        }${above?.text ?? ''}`;
  return [finding([first, ...others], `${text} do not ascend`, room)];
}

const ascends = (cells: readonly CheckCell[]): boolean =>
  cells.every((cell, index) => index === 0 || !isAbove(cells[index - 1]!, cell));

function averages(population: readonly CheckCell[]): Finding[] {
  const at = (statistic: string): CheckCell | undefined =>
    population.find(({ column }) => column.statistic === statistic);
  const [average, min, max] = [at('average'), at('min'), at('max')];
  if (average === undefined) return [];
  return [
    ...(min !== undefined && isAbove(min, average)
      ? [
          finding(
            [average, min],
            `the average ${average.text} is below the minimum ${min.text}`,
            `at least ${min.text}`,
          ),
        ]
      : []),
    ...(max !== undefined && isAbove(average, max)
      ? [
          finding(
            [average, max],
            `the average ${average.text} is above the maximum ${max.text}`,
            `at most ${max.text}`,
          ),
        ]
      : []),
  ];
}

const finding = (
  cells: readonly [CheckCell, ...CheckCell[]],
  text: string,
  expected: string | null,
): Finding => makeFinding(orderOfStatistics, cells, text, expected);
