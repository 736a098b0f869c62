import { rankOf } from '../../table/results/index.ts';
import { isAbove } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { isAlike, measuresOf } from '../sheet.ts';
import type { CheckCell, CheckColumn, CheckRow, Finding, Rule, Sheet } from '../types.ts';

/** Latencies, times and throughputs of one population: min ≤ 50 % ≤ 90 % ≤ … ≤ max, and min ≤ average ≤ max. */
export const orderOfStatistics: Rule = {
  name: 'order-of-statistics',
  severity: 'impossible',
  about: 'a minimum above the average, an average above the maximum, or percentiles that do not ascend',
  check: (sheets) => sheets.flatMap(checkSheet),
};

function checkSheet({ rows, columns }: Sheet): Finding[] {
  const found = rows.map(checkRow);
  const wrong = rows.filter((_, index) => found[index]!.length > 0);
  const swap = wrong.length < fewestSwapped ? null : swapOf(rows, columns, wrong);
  if (swap === null) return found.flat();
  const left = rows.map((row) => swapped(row, swap)).flatMap(checkRow);
  const [a, b] = swap;
  const cellsOf = ({ cells }: CheckRow): CheckCell[] => cells.filter(({ column }) => swap.includes(column));
  const [first, second] = cellsOf(wrong[0]!) as [CheckCell, CheckCell];
  const text = `${first.text} under "${first.column.name}" and ${second.text} under "${second.column.name}": in ${wrong.length} of ${rows.length} rows the order is wrong, and right with the two exchanged`;
  const one = finding([first, second], text, `"${a.name}" and "${b.name}" the other way round`);
  return [{ ...one, count: wrong.length }, ...left];
}

/** A few rows may be wrong by themselves. */
const fewestSwapped = 2;
/** So many of the rows must be wrong as they stand, and right with two headings exchanged. */
const mostRows = 0.8;

type Swap = readonly [CheckColumn, CheckColumn];

/** The two headings that put most rows in order when they are exchanged. */
function swapOf(
  rows: readonly CheckRow[],
  columns: readonly CheckColumn[],
  wrong: readonly CheckRow[],
): Swap | null {
  if (wrong.length < rows.length * mostRows) return null;
  const ranked = columns.filter(
    ({ role, statistic }) => role === 'measure' && (statistic === 'average' || rankOf(statistic) !== null),
  );
  const swaps = ranked.flatMap((a, index) =>
    ranked
      .slice(index + 1)
      .filter((b) => a.quantity === b.quantity && a.statistic !== b.statistic && isAlike(a, b))
      .map((b): Swap => [a, b]),
  );
  const mended = (swap: Swap): number =>
    wrong.filter((row) => checkRow(swapped(row, swap)).length === 0).length;
  const [best] = swaps.map((swap) => ({ swap, rows: mended(swap) })).sort((a, b) => b.rows - a.rows);
  return best !== undefined && best.rows >= wrong.length * mostRows ? best.swap : null;
}

const swapped = (row: CheckRow, [a, b]: Swap): CheckRow => ({
  ...row,
  cells: row.cells.map((cell) =>
    cell.column === a ? { ...cell, column: b } : cell.column === b ? { ...cell, column: a } : cell,
  ),
});

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
