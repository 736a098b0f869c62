import { spreadOf } from './arithmetic.ts';
import { type Axis, axesOf, tellingAxes } from './axes.ts';
import { offLine, type Residual, residualsOf } from './promises.ts';
import { placeOf } from './sheet.ts';
import type { CheckCell, Sheet } from './types.ts';

/** A measured cell at its place among others of the same quantity and statistic. */
export interface Placed {
  readonly cell: CheckCell;
  readonly place: Readonly<Record<string, string>>;
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

/** The dimensions that tell a series' cells apart, by name. */
export function axisNames(series: readonly Placed[]): string[] {
  return tellingAxes(series, (axes) => residualsOf(series, axes).length).map(({ name }) => name);
}

/** How far all cells of a series are from what their neighbours promise. */
export function residualsOfSeries(series: readonly Placed[]): Residual[] {
  return residualsOf(series, among(series, axisNames(series)));
}

const among = (series: readonly Placed[], names: readonly string[]): Axis[] =>
  axesOf(series).filter(({ name }) => names.includes(name));

/** Centre-free width of residuals, so that one far cell doesn't widen it. */
function widthOf(residuals: readonly Residual[]): number {
  return residuals.length === 0 ? 0 : spreadOf(residuals.map(({ fromMiddle }) => fromMiddle));
}

/** Cells less far off than this share are never told of, whatever the rest looks like. */
const leastOff = Math.log(1.25);
/** At the ends of all dimensions of numbers at once, a fixed cost or a limit bends tables as much as this, from the middle. */
const leastOffInCorners = Math.log(1.45);
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
  const names = axisNames(series);
  const most = Math.max(1, Math.floor(series.length * mostShare));
  const taken: Residual[] = [];
  let left = series;
  let far: Residual[] = [];
  let judged: Set<CheckCell> | undefined;
  for (let round = 0; round <= most; round++) {
    const axes = among(left, names);
    const residuals = residualsOf(left, axes, judged);
    judged ??= new Set(residuals.map(({ cell }) => cell));
    const worst = farthest(residuals, left, axes);
    if (worst === undefined) break;
    if (taken.length > 0 && isApart(taken.at(-1)!, residuals, left, axes)) far = [...taken];
    if (Math.abs(worst.residual) < leastOff) break;
    taken.push(worst);
    left = left.filter(({ cell }) => cell !== worst.cell);
  }
  return far;
}

/** Nearly as far off as the farthest: along two levels, a wrong cell moves its partner as much. */
const nearly = 0.9;

/** The farthest cell; of several that are about as far, the one that the cells beside it in its own row of levels don't explain. */
function farthest(
  residuals: readonly Residual[],
  series: readonly Placed[],
  axes: readonly Axis[],
): Residual | undefined {
  const sorted = residuals.toSorted((a, b) => Math.abs(b.residual) - Math.abs(a.residual));
  const limit = Math.abs(sorted[0]?.residual ?? 0) * nearly;
  const worst = sorted.filter(({ residual }) => Math.abs(residual) >= limit);
  if (worst.length < 2 || axes.length !== 2) return worst[0];
  return worst.toSorted((a, b) => offLine(series, axes, b) - offLine(series, axes, a))[0];
}

/** Fewer cells say too little of what is usual in a table; for one that is off by three and more, fewer will do. */
const leastOthers = 6;
const leastWhereFar = 3;
const veryFar = Math.log(3);

/** By the promise nearest to it, the cell is farther off than all others from the middle of theirs. */
function isApart(
  cell: Residual,
  others: readonly Residual[],
  left: readonly Placed[],
  axes: readonly Axis[],
): boolean {
  const usual = Math.max(...others.map(({ fromMiddle }) => Math.abs(fromMiddle)));
  if (isCorner(cell, axes) && Math.abs(cell.fromMiddle) < leastOffInCorners) return false;
  const needed = Math.max(leastOff, widths * widthOf(others), isolated * slackness(left, axes) * usual);
  const isVeryFar = Math.abs(cell.residual) > veryFar && axes.some(({ isOrdered }) => isOrdered);
  const enough = isVeryFar ? leastWhereFar : leastOthers;
  return independent(others, axes) >= enough && Math.abs(cell.residual) >= needed;
}

function isCorner({ place }: Residual, axes: readonly Axis[]): boolean {
  const ordered = axes.filter(({ isOrdered }) => isOrdered);
  const isEnd = ({ name, levels }: Axis): boolean => [levels[0], levels.at(-1)].includes(place[name]);
  return ordered.length >= 2 && ordered.every(isEnd);
}

/** Of two unordered levels each pair has one residual, whose sign only differs. */
function independent(others: readonly Residual[], axes: readonly Axis[]): number {
  const pair = axes.some(({ isOrdered }) => isOrdered)
    ? undefined
    : axes.find(({ levels }) => levels.length === 2);
  if (pair === undefined) return others.length;
  const rest = axes.filter((axis) => axis !== pair);
  return new Set(others.map(({ place }) => JSON.stringify(rest.map(({ name }) => place[name])))).size;
}

/** In a small grid of two dimensions cells lie closer to their promises than in a large one, as these are made of them. */
function slackness(cells: readonly Placed[], axes: readonly Axis[]): number {
  if (axes.length !== 2) return 1;
  const free = cells.length - axes.reduce((sum, { levels }) => sum + levels.length - 1, 1);
  return free <= 0 ? Number.POSITIVE_INFINITY : cells.length / free;
}
