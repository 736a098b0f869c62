import { median, quantile, type SortedSamples, sortSamples } from '../stats/index.ts';
import { spreadOf } from './arithmetic.ts';
import { placeOf } from './sheet.ts';
import type { CheckCell, Sheet } from './types.ts';

/** A measured cell at its place among others of the same quantity and statistic. */
export interface Placed {
  readonly cell: CheckCell;
  readonly place: Readonly<Record<string, string>>;
}

/** How far a cell lies from what its neighbours promise. */
export interface Residual extends Placed {
  /** Natural logarithm of the cell over what its neighbours promise. */
  readonly residual: number;
  /** The same against the middle of all promises. */
  readonly fromMiddle: number;
  /** What they promise, in the cell's unit. */
  readonly promised: number;
}

/** A dimension with its levels; ordered ones are those of numbers. */
interface Axis {
  readonly name: string;
  readonly levels: readonly string[];
  readonly isOrdered: boolean;
}

/** The cells of each quantity and statistic of a sheet, over all precisions and labels. */
export function seriesOfSheet(sheet: Sheet, isWanted: (cell: CheckCell) => boolean): Placed[][] {
  const placed = sheet.rows.flatMap((row) =>
    row.cells
      .filter((cell) => cell.column.role === 'measure' && cell.value > 0 && isWanted(cell))
      .map((cell): Placed => ({ cell, place: placeOf(row, cell) })),
  );
  const groups = Map.groupBy(placed, ({ cell: { column } }) => `${column.quantity} ${column.statistic}`);
  return [...groups.values()];
}

/** Dimensions that follow from others. */
const dependent = new Set(['accumulation', 'global-batch', 'instance_id', 'replica']);

/** The dimensions along which cells vary. */
export function axesOf(series: readonly Placed[]): Axis[] {
  const names = new Set(series.flatMap(({ place }) => Object.keys(place)));
  return [...names]
    .filter((name) => !dependent.has(name))
    .map((name): Axis => {
      const levels = [...new Set(series.map(({ place }) => place[name] ?? ''))];
      const isOrdered = levels.every((level) => level !== '' && Number.isFinite(Number(level)));
      return { name, levels: isOrdered ? levels.sort((a, b) => Number(a) - Number(b)) : levels, isOrdered };
    })
    .filter(({ levels }) => levels.length > 1);
}

/** Levels so near tell most; farther ones are not asked. */
const reach = 2;
const mostUnordered = 4;
/** Promises of a cell are taken at this quantile, on the side that is nearer to the cell. */
const nearerSide = 0.8;

/** The cells of a series on a grid: a number for each combination of levels, NaN where there is none. */
interface Grid {
  readonly axes: readonly Axis[];
  /** Steps from one level of an axis to the next. */
  readonly strides: readonly number[];
  /** The logarithm of the cell at a key; NaN where there is none, or more than one. */
  readonly logAt: (key: number) => number;
}

/**
 * How far each cell lies from what its neighbours promise: along two dimensions j and k, x(j,k) ≈ x(j′,k) · x(j,k′) /
 * x(j′,k′), for all near j′ and k′ of all pairs of dimensions; with a single dimension, a line through the cells on both
 * sides. A table's corners bend away from such products, less so from near levels than from far ones; so of all
 * promises the one counts that four in five of them exceed. Cells with fewer than three promises are left out.
 */
export function residualsOf(series: readonly Placed[]): Residual[] {
  const axes = axesOf(series);
  const strides = axes.map((_, index) =>
    axes.slice(0, index).reduce((size, { levels }) => size * levels.length, 1),
  );
  const indices = axes.map(({ levels }) => new Map(levels.map((level, index) => [level, index])));
  const levelsOf = (place: Placed['place']): number[] =>
    axes.map(({ name }, axis) => indices[axis]!.get(place[name] ?? '')!);
  const keyOf = (levels: readonly number[]): number =>
    levels.reduce((key, level, axis) => key + level * strides[axis]!, 0);
  const keys = series.map(({ place }) => levelsOf(place));
  const size = axes.reduce((product, { levels }) => product * levels.length, 1);
  const grid: Grid = { axes, strides, logAt: logsOf(series, keys.map(keyOf), size) };
  return series.flatMap(({ cell, place }, index): Residual[] => {
    const levels = keys[index]!;
    const key = keyOf(levels);
    const own = grid.logAt(key);
    const promises =
      axes.length > 1 ? overPairs(grid, levels, key) : axes.length === 1 ? alongLine(grid, levels[0]!) : [];
    if (Number.isNaN(own) || promises.length < (axes.length > 1 ? 3 : 1)) return [];
    const sorted = sortSamples(promises);
    const middle = median(sorted);
    const residual = own - nearest(sorted, own);
    return [{ cell, place, residual, fromMiddle: own - middle, promised: Math.exp(middle) }];
  });
}

/** Grids of more places are too thinly filled for an array. */
const mostDense = 4e6;

function logsOf(series: readonly Placed[], keys: readonly number[], size: number): Grid['logAt'] {
  const found = new Map<number, number>();
  // Where one place has two numbers, the table doesn't tell what parts them.
  series.forEach(({ cell }, index) => {
    const key = keys[index]!;
    found.set(key, found.has(key) ? Number.NaN : Math.log(cell.value));
  });
  if (size > mostDense) return (key) => found.get(key) ?? Number.NaN;
  const dense = new Float64Array(size).fill(Number.NaN);
  for (const [key, log] of found) dense[key] = log;
  return (key) => dense[key]!;
}

/** The promise that counts for a cell: the cell itself where it lies among them. */
function nearest(sorted: SortedSamples, own: number): number {
  const [low, high] = [quantile(sorted, 1 - nearerSide), quantile(sorted, nearerSide)];
  return Math.min(Math.max(own, low), high);
}

function levelsNear({ levels, isOrdered }: Axis, at: number): number[] {
  const all = levels.map((_, index) => index).filter((index) => index !== at);
  return isOrdered ? all.filter((index) => Math.abs(index - at) <= reach) : all.slice(0, mostUnordered);
}

function overPairs({ axes, strides, logAt }: Grid, levels: readonly number[], key: number): number[] {
  const promises: number[] = [];
  const near = axes.map((axis, index) =>
    levelsNear(axis, levels[index]!).map((level) => (level - levels[index]!) * strides[index]!),
  );
  for (let j = 0; j < axes.length; j++)
    for (const stepJ of near[j]!) {
      const alongJ = logAt(key + stepJ);
      if (Number.isNaN(alongJ)) continue;
      for (let k = j + 1; k < axes.length; k++)
        for (const stepK of near[k]!) {
          const promise = alongJ + logAt(key + stepK) - logAt(key + stepJ + stepK);
          if (!Number.isNaN(promise)) promises.push(promise);
        }
    }
  return promises;
}

/** Between the cells on both sides, by the logarithm of the level; the ends have only one side. */
function alongLine({ axes, logAt }: Grid, level: number): number[] {
  const { levels, isOrdered } = axes[0]!;
  if (!isOrdered || level === 0 || level === levels.length - 1) return [];
  const [low, high] = [logAt(level - 1), logAt(level + 1)];
  const position = (index: number): number => Math.log(Math.max(Number(levels[index]), 0.5));
  const share = (position(level) - position(level - 1)) / (position(level + 1) - position(level - 1));
  const promise = low + (high - low) * share;
  return Number.isNaN(promise) ? [] : [promise];
}

/** Centre-free width of residuals, so that one far cell doesn't widen it. */
export function widthOf(residuals: readonly Residual[]): number {
  return residuals.length === 0 ? 0 : spreadOf(residuals.map(({ fromMiddle }) => fromMiddle));
}

/** Cells less far off than this share are never told of, whatever the rest looks like. */
const leastOff = Math.log(1.25);
/** So many widths of all residuals, and so many times the farthest of the others. */
const widths = 5;
const isolated = 1.8;
/** More cells than this share of a series are no exceptions. */
const mostShare = 0.05;

/**
 * The cells that stand apart from their neighbours far more than any other does. One far cell pulls at its neighbours, so
 * the farthest is taken away and the others are judged anew, until what is left lies close together. Real tables have
 * steps, corners and tails: where distances thin out without a gap, none is called far.
 */
export function farOff(series: readonly Placed[]): Residual[] {
  const most = Math.max(1, Math.floor(series.length * mostShare));
  const taken: Residual[] = [];
  let left = series;
  let far: Residual[] = [];
  for (let round = 0; round <= most; round++) {
    const residuals = residualsOf(left);
    const worst = residuals.toSorted((a, b) => Math.abs(b.residual) - Math.abs(a.residual))[0];
    if (worst === undefined) break;
    if (taken.length > 0 && isApart(taken.at(-1)!, residuals)) far = [...taken];
    if (Math.abs(worst.residual) < leastOff) break;
    taken.push(worst);
    left = left.filter(({ cell }) => cell !== worst.cell);
  }
  return far;
}

/** By the promise nearest to it, the cell is farther off than all others from the middle of theirs. */
function isApart(cell: Residual, others: readonly Residual[]): boolean {
  const usual = Math.max(...others.map(({ fromMiddle }) => Math.abs(fromMiddle)));
  const needed = Math.max(leastOff, widths * widthOf(others), isolated * usual);
  return others.length >= leastOthers && Math.abs(cell.residual) >= needed;
}

/** Fewer cells say too little of what is usual in a table. */
const leastOthers = 6;
