import { median, quantile, type SortedSamples, sortSamples } from '../stats/index.ts';
import type { Axis } from './axes.ts';
import type { Placed } from './neighbours.ts';

/** How far a cell lies from what its neighbours promise. */
export interface Residual extends Placed {
  /** Natural logarithm of the cell over what its neighbours promise. */
  readonly residual: number;
  /** The same against the middle of all promises. */
  readonly fromMiddle: number;
  /** What they promise, in the cell's unit. */
  readonly promised: number;
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

/** Fewer promises say too little. */
const fewestPromises = 3;

/**
 * How far each cell lies from what its neighbours promise: along two dimensions j and k, x(j,k) ≈ x(j′,k) · x(j,k′) /
 * x(j′,k′), for all near j′ and k′ of all pairs of dimensions; with a single dimension, a line through the cells on both
 * sides. A table's corners bend away from such products, less so from near levels than from far ones; so of all
 * promises the one counts that four in five of them exceed. Cells with fewer than three promises are left out.
 *
 * @param judged Cells that had enough of them before another cell was taken away: one is enough for these.
 */
export function residualsOf(
  series: readonly Placed[],
  axes: readonly Axis[],
  judged: ReadonlySet<Placed['cell']> = new Set(),
): Residual[] {
  const { grid, levelsOf, keyOf } = gridOf(series, axes);
  return series.flatMap(({ cell, place }): Residual[] => {
    const levels = levelsOf(place);
    const own = grid.logAt(keyOf(levels));
    const isLine = axes.length === 1;
    const promises = isLine
      ? alongLine(grid, levels, 0)
      : axes.length > 1
        ? overPairs(grid, levels, keyOf(levels))
        : [];
    const needed = isLine || judged.has(cell) ? 1 : fewestPromises;
    if (Number.isNaN(own) || promises.length < needed) return [];
    const sorted = sortSamples(promises);
    const middle = median(sorted);
    const residual = own - nearest(sorted, own);
    return [{ cell, place, residual, fromMiddle: own - middle, promised: Math.exp(middle) }];
  });
}

/** How far a cell is from the line through those on both sides of it, along the ordered axis that is kindest to it; 0: none. */
export function offLine(series: readonly Placed[], axes: readonly Axis[], { place }: Placed): number {
  const { grid, levelsOf, keyOf } = gridOf(series, axes);
  const levels = levelsOf(place);
  const own = grid.logAt(keyOf(levels));
  const off = axes.flatMap((_, axis) => alongLine(grid, levels, axis).map((line) => Math.abs(own - line)));
  return off.length === 0 ? 0 : Math.min(...off);
}

function gridOf(series: readonly Placed[], axes: readonly Axis[]) {
  const strides = axes.map((_, index) =>
    axes.slice(0, index).reduce((size, { levels }) => size * levels.length, 1),
  );
  const indices = axes.map(({ levels }) => new Map(levels.map((level, index) => [level, index])));
  const levelsOf = (place: Placed['place']): number[] =>
    axes.map(({ name }, axis) => indices[axis]!.get(place[name] ?? '')!);
  const keyOf = (levels: readonly number[]): number =>
    levels.reduce((key, level, axis) => key + level * strides[axis]!, 0);
  const keys = series.map(({ place }) => keyOf(levelsOf(place)));
  const size = axes.reduce((product, { levels }) => product * levels.length, 1);
  const grid: Grid = { axes, strides, logAt: logsOf(series, keys, size) };
  return { grid, levelsOf, keyOf };
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

/** Between the cells on both sides along an axis, by the logarithm of the level; the ends have only one side. */
function alongLine({ axes, strides, logAt }: Grid, levels: readonly number[], along: number): number[] {
  const { numbers, isOrdered } = axes[along]!;
  const level = levels[along]!;
  if (!isOrdered || level === 0 || level === numbers.length - 1) return [];
  const key = levels.reduce((sum, one, axis) => sum + one * strides[axis]!, 0);
  const [low, high] = [logAt(key - strides[along]!), logAt(key + strides[along]!)];
  const position = (index: number): number => Math.log(Math.max(numbers[index]!, 0.5));
  const share = (position(level) - position(level - 1)) / (position(level + 1) - position(level - 1));
  const promise = low + (high - low) * share;
  return Number.isNaN(promise) ? [] : [promise];
}
