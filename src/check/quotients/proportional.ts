import type { Quantity } from '../../table/results/index.ts';
import { medianOf, overlap, product, quotient, type Range, rangeOf } from '../arithmetic.ts';
import { isIdeal } from '../sheet.ts';
import type { CheckCell, CheckColumn, CheckRow, Sheet } from '../types.ts';

/** A cell that leaves a proportion which the other rows of its table keep. */
export interface OutOfProportion {
  readonly cell: CheckCell;
  readonly operands: readonly CheckCell[];
  readonly expected: Range;
  /** Such as `Tokens/s / GPUs`, and the factor that is the same in the other rows. */
  readonly words: string;
  readonly factor: number;
  readonly kept: number;
  readonly of: number;
}

/** What may be made of other columns: rates per device, per watt or in tokens, costs, energies. */
const made: ReadonlySet<Quantity> = new Set(['throughput', 'cost', 'power', 'flops']);
const sources: ReadonlySet<Quantity> = new Set([
  ...(['throughput', 'latency', 'time-to-train', 'cost', 'power', 'memory'] as const),
]);
const counts: ReadonlySet<Quantity> = new Set([
  ...(['devices', 'nodes', 'nodes-devices', 'instances', 'threads', 'sequence', 'concurrency'] as const),
]);

/** Cells whose column is elsewhere a product or quotient of two others, up to a factor. */
export function outOfProportion(sheet: Sheet): OutOfProportion[] {
  const isMean = ({ role, statistic }: CheckColumn): boolean => role === 'measure' && statistic === 'average';
  const given = sheet.columns.filter((column) => isMean(column) && sources.has(column.quantity));
  const counted = sheet.columns.filter(({ role, quantity }) => role === 'dimension' && counts.has(quantity));
  const all = given.filter(
    (column) => made.has(column.quantity) || column.per !== undefined || isOther(column),
  );
  // Of two columns that are in proportion the plainer one is given, and the other made of it.
  const plain = all.filter(({ per, label }) => per === undefined && label === '');
  const found = all
    .filter((column) => !isIdeal(column) && (plain.length === 0 || column !== plain[0]))
    .flatMap((column) => {
      const others = given.filter((one) => one !== column && isGiven(one, column, all));
      return judge(sheet.rows, column, others, counted);
    });
  // What is made of others makes them, too: one of both is told.
  return found.filter((one, index) => found.findIndex((other) => isSameCells(one, other)) === index);
}

function isSameCells(a: OutOfProportion, b: OutOfProportion): boolean {
  const cells = [b.cell, ...b.operands];
  return (
    cells.length === a.operands.length + 1 && [a.cell, ...a.operands].every((cell) => cells.includes(cell))
  );
}

/** A time of something else than the runs whose rates stand beside it: an epoch's. */
const isOther = ({ quantity, label, precision }: CheckColumn): boolean =>
  quantity === 'latency' && label !== '' && precision === null;

/** A rate per device is made of the rate, and no rate of the one per device. */
function isGiven(one: CheckColumn, column: CheckColumn, all: readonly CheckColumn[]): boolean {
  const isTime = one.quantity === 'latency';
  if (column.quantity === 'throughput' && column.per === undefined && isTime) return false;
  if (one.quantity !== column.quantity || !all.includes(one)) return true;
  if (one.per !== undefined) return column.per !== undefined && column.per !== one.per;
  return column.per !== undefined || all.indexOf(one) < all.indexOf(column);
}

/** A way of making a column: numerators and denominators. */
interface Recipe {
  readonly top: readonly CheckColumn[];
  readonly bottom: readonly CheckColumn[];
}

function recipes(given: readonly CheckColumn[], counted: readonly CheckColumn[]): Recipe[] {
  return given.flatMap((a) => [
    { top: [a], bottom: [] },
    { top: [], bottom: [a] },
    ...[...given, ...counted]
      .filter((b) => b !== a)
      .flatMap((b): Recipe[] => [
        { top: [a], bottom: [b] },
        { top: [b], bottom: [a] },
        ...(given.indexOf(b) < given.indexOf(a) ? [{ top: [a, b], bottom: [] }] : []),
      ]),
  ]);
}

/** A row's cell over what the recipe makes: the factor that it says. */
interface Said {
  readonly row: CheckRow;
  readonly cell: CheckCell;
  readonly operands: readonly CheckCell[];
  readonly made: Range;
  readonly factor: Range;
}

/** As large a chance that columns are in proportion by themselves is left. */
const mostChance = 0.001;
/** Cells nearer than this share may have been rounded on the way. */
const leastOff = 0.03;
const leastKept = 0.75;

function judge(
  rows: readonly CheckRow[],
  column: CheckColumn,
  given: readonly CheckColumn[],
  counted: readonly CheckColumn[],
): OutOfProportion[] {
  const tried = recipes(given, counted);
  const judged = tried.flatMap((recipe) => {
    const said = rows.flatMap((row) => sayOf(row, column, recipe));
    if (said.length < 4 || new Set(said.map(({ cell }) => cell.value)).size < 3) return [];
    const factor = mostCommon(said.map((one) => one.factor));
    const kept = said.filter((one) => overlap(one.factor, factor));
    return [{ recipe, said, factor, kept, chance: chanceOf(kept, said.length) * tried.length }];
  });
  const [best] = judged.sort((a, b) => b.kept.length - a.kept.length || a.chance - b.chance);
  if (best === undefined || best.chance > mostChance || best.kept.length < best.said.length * leastKept)
    return [];
  const { recipe, said, factor, kept } = best;
  return said
    .filter(
      (one) => !kept.includes(one) && (isOfUnits(factor) || kept.some((other) => isAlikeIn(one, other))),
    )
    .map((one) => ({ one, expected: product(one.made, factor) }))
    .filter(({ one, expected }) => Math.abs(Math.log(one.cell.value / expected.low)) > leastOff)
    .map(({ one, expected }) => ({
      ...{ cell: one.cell, operands: one.operands, expected, words: wordsOf(recipe) },
      ...{ factor: (factor.low + factor.high) / 2, kept: kept.length, of: said.length },
    }));
}

function sayOf(row: CheckRow, column: CheckColumn, { top, bottom }: Recipe): Said[] {
  const at = (one: CheckColumn): CheckCell | undefined =>
    row.cells.find((cell) => cell.column === one && cell.value > 0);
  const cell = at(column);
  const [tops, bottoms] = [top, bottom].map((columns) => columns.map(at));
  const operands = [...tops!, ...bottoms!].filter((one) => one !== undefined);
  if (cell === undefined || operands.length < top.length + bottom.length) return [];
  const exact = (one: CheckCell): Range =>
    one.column.role === 'dimension' ? { low: one.value, high: one.value } : rangeOf(one);
  const ranges = (cells: readonly (CheckCell | undefined)[]): Range =>
    cells.reduce<Range>((all, one) => product(all, exact(one!)), { low: 1, high: 1 });
  const made = quotient(ranges(tops!), ranges(bottoms!));
  return [{ row, cell, operands, made, factor: quotient(rangeOf(cell), made) }];
}

/** Whether a factor is one between units, and so the same whatever is measured. */
function isOfUnits({ low, high }: Range): boolean {
  return [1, 60, 3600, 1 / 60, 1 / 3600].some((unit) => {
    const power = 10 ** Math.round(Math.log10((low + high) / 2 / unit));
    return low <= unit * power * 1.0001 && high >= unit * power * 0.9999;
  });
}

/** Tokens of a sentence differ from model to model: whether two rows are of the same words. */
function isAlikeIn(a: Said, b: Said): boolean {
  return Object.entries(a.row.settings).every(
    ([name, value]) => value === b.row.settings[name] || (value !== '' && Number.isFinite(Number(value))),
  );
}

/** The numbers that most of the ranges have in common. */
function mostCommon(ranges: readonly Range[]): Range {
  const ends = ranges
    .flatMap(({ low, high }) => [
      { at: low, step: 1 },
      { at: high, step: -1 },
    ])
    .sort((a, b) => a.at - b.at || b.step - a.step);
  let [depth, most] = [0, 0];
  let best: Range = ranges[0]!;
  ends.forEach(({ at, step }, index) => {
    depth += step;
    if (depth > most) {
      most = depth;
      best = { low: at, high: ends[index + 1]?.at ?? at };
    }
  });
  return best;
}

/** How likely so many of some numbers, spread over a factor of two, meet within their rounding. */
function chanceOf(kept: readonly Said[], of: number): number {
  const widths = kept.map(({ factor }) => factor.high / factor.low - 1);
  return of * Math.min(1, 2 * medianOf(widths)) ** (kept.length - 1);
}

function wordsOf({ top, bottom }: Recipe): string {
  const names = (columns: readonly CheckColumn[]): string =>
    columns.map(({ name }) => JSON.stringify(name)).join(' × ');
  return bottom.length === 0 ? names(top) : `${names(top) || '1'} / ${names(bottom)}`;
}
