import type { SummaryKind } from '../../table/results/index.ts';
import { medianOf, overlap, quotient, type Range, rangeOf, show, showLike } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import type { CheckCell, CheckRow, CheckSummary, Finding, Rule, Sheet } from '../types.ts';

/** A row of averages, medians, totals or deviations must be that of the rows above it. */
export const summaryOfRows: Rule = {
  name: 'summary-of-rows',
  severity: 'implausible',
  about: 'a mean, median, total or deviation below a column that is not that of its rows',
  check: (sheets) => sheets.flatMap(checkSheet),
};

function checkSheet(sheet: Sheet): Finding[] {
  return (sheet.summaries ?? []).flatMap((summary) => {
    // A last total may be of all blocks.
    const [best] = [summary.about, sheet.rows]
      .map((rows) => entriesOf(summary, rows))
      .sort((a, b) => countFits(b) - countFits(a));
    return judge(summary, best!);
  });
}

/** A cell of a summary against what its column says. */
interface Entry {
  readonly cell: CheckCell;
  readonly of: readonly CheckCell[];
  readonly expected: readonly Range[];
  readonly fits: boolean;
}

const countFits = (entries: readonly Entry[]): number => entries.filter(({ fits }) => fits).length;

function entriesOf({ of, row }: CheckSummary, rows: readonly CheckRow[]): Entry[] {
  return row.cells.flatMap((cell): Entry[] => {
    const cells = rows.flatMap((one) => one.cells.filter(({ column }) => column === cell.column));
    if (cell.column.role !== 'measure' || cells.length < rows.length || cells.length < 2) return [];
    const expected = of === 'total' && !additive.has(cell.column.quantity) ? [] : expectedOf(of, cells);
    const isOwn = derived.has(cell.column.quantity) && quotientsOf(row, cell).some((one) => meets(cell, one));
    const fits = isOwn || expected.some((one) => meets(cell, one));
    return expected.length === 0 ? [] : [{ cell, of: cells, expected, fits }];
  });
}

/** Rates and peaks of memory don't add up. */
const additive: ReadonlySet<string> = new Set(['latency', 'time-to-train', 'cost', 'flops']);

const meets = (cell: CheckCell, range: Range): boolean => overlap(rangeOf(cell), range);

/** A speed-up of averages is no average of speed-ups; both are printed. */
const derived: ReadonlySet<string> = new Set(['speed-up', 'efficiency', 'scaling']);

function quotientsOf({ cells }: CheckRow, own: CheckCell): Range[] {
  const others = cells.filter((cell) => cell !== own && cell.column.role === 'measure' && cell.value > 0);
  return others.flatMap((a) => others.filter((b) => b !== a).map((b) => quotient(rangeOf(a), rangeOf(b))));
}

/** All that a word may mean, as far as rounding of the rows leaves it open; none: it can't be told. */
function expectedOf(of: SummaryKind, cells: readonly CheckCell[]): Range[] {
  const values = cells.map(({ value }) => value);
  const half = Math.max(...cells.map((cell) => cell.half));
  const around = (value: number, room = half): Range => ({ low: value - room, high: value + room });
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = sum / values.length;
  const geomean = Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length);
  const harmonic = values.length / values.reduce((total, value) => total + 1 / value, 0);
  if (of === 'average')
    return [mean, geomean, harmonic].filter(Number.isFinite).map((value) => around(value));
  if (of === 'geomean') return Number.isFinite(geomean) ? [around(geomean)] : [];
  if (of === 'total') return [around(sum, half * values.length)];
  if (of === 'median') return [around(medianOf(values))];
  if (of !== 'deviation') return [];
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  const room = half * Math.sqrt(values.length / (values.length - 1));
  return [values.length - 1, values.length].map((count) => around(Math.sqrt(squares / count), room));
}

/**
 * Tables show a part of what they average, and weigh it. A cell is wrong where the rows are runs of one thing, where half of
 * the other columns do fit, or where no weights could give it.
 */
function judge({ of, about }: CheckSummary, entries: readonly Entry[]): Finding[] {
  const areRuns = about.some(({ settings }) =>
    Object.keys(settings).some((name) => /\b(?:seed|run|trial|fold|repetition)\b/i.test(name)),
  );
  const isKnown = areRuns || countFits(entries) * 2 >= entries.length;
  return entries
    .filter((entry) => !entry.fits && (isKnown || isBeyond(of, entry)))
    .map(({ cell, of: cells, expected: [first] }) => {
      const value = (first!.low + first!.high) / 2;
      const texts = cells.map(({ text }) => text);
      const list = texts.length <= 6 ? texts : [...texts.slice(0, 3), '…', texts.at(-1)];
      const text = `the ${of} of ${list.join(', ')} is ${show(value)}, not ${cell.text}`;
      return makeFinding(summaryOfRows, [cell, ...cells], text, showLike(value, cell));
    });
}

/** Whether a mean or median lies outside of what it is of. */
function isBeyond(of: SummaryKind, { cell, of: cells }: Entry): boolean {
  const ranges = cells.map(rangeOf);
  const isMiddle = of === 'average' || of === 'geomean' || of === 'median';
  const { low, high } = rangeOf(cell);
  return (
    isMiddle &&
    (low > Math.max(...ranges.map((one) => one.high)) || high < Math.min(...ranges.map((one) => one.low)))
  );
}
