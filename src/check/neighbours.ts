import { medianOf, spreadOf } from './arithmetic.ts';
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

function levelsNear({ levels, isOrdered }: Axis, level: string): string[] {
  const at = levels.indexOf(level);
  return isOrdered
    ? levels.slice(Math.max(0, at - reach), at + reach + 1).filter((other) => other !== level)
    : levels.filter((other) => other !== level).slice(0, mostUnordered);
}

/**
 * What the neighbours of each cell promise: along two dimensions j and k, x(j,k) ≈ x(j′,k) · x(j,k′) / x(j′,k′), the
 * median over all near j′ and k′ of all pairs of dimensions; with a single dimension, what a line through the two cells
 * on each side gives. Cells with fewer than three such promises are left out.
 */
export function residualsOf(series: readonly Placed[]): Residual[] {
  const axes = axesOf(series);
  const keyOf = (place: Readonly<Record<string, string>>): string =>
    axes.map(({ name }) => place[name] ?? '').join('\u0000');
  const values = new Map<string, number | null>();
  // Where one place has two numbers, the table doesn't tell what parts them.
  for (const { place, cell } of series)
    values.set(keyOf(place), values.has(keyOf(place)) ? null : Math.log(cell.value));
  return series.flatMap(({ cell, place }): Residual[] => {
    if (values.get(keyOf(place)) === null) return [];
    const at = (change: Readonly<Record<string, string>>): number | null =>
      values.get(keyOf({ ...place, ...change })) ?? null;
    const promises =
      axes.length > 1 ? overPairs(axes, place, at) : axes.length === 1 ? alongLine(axes[0]!, place, at) : [];
    if (promises.length < (axes.length > 1 ? 3 : 1)) return [];
    const promised = medianOf(promises);
    return [{ cell, place, residual: Math.log(cell.value) - promised, promised: Math.exp(promised) }];
  });
}

type At = (change: Readonly<Record<string, string>>) => number | null;

function overPairs(axes: readonly Axis[], place: Readonly<Record<string, string>>, at: At): number[] {
  return axes.flatMap((j, index) =>
    axes.slice(index + 1).flatMap((k) =>
      levelsNear(j, place[j.name] ?? '').flatMap((other) => {
        const alongJ = at({ [j.name]: other });
        if (alongJ === null) return [];
        return levelsNear(k, place[k.name] ?? '').flatMap((another) => {
          const alongK = at({ [k.name]: another });
          const both = at({ [j.name]: other, [k.name]: another });
          return alongK === null || both === null ? [] : [alongJ + alongK - both];
        });
      }),
    ),
  );
}

/** Between the cells on both sides, by the logarithm of the level; the ends have only one side. */
function alongLine(
  { name, levels, isOrdered }: Axis,
  place: Readonly<Record<string, string>>,
  at: At,
): number[] {
  const index = levels.indexOf(place[name] ?? '');
  const [below, above] = [levels[index - 1], levels[index + 1]];
  if (!isOrdered || below === undefined || above === undefined) return [];
  const [low, high] = [at({ [name]: below }), at({ [name]: above })];
  if (low === null || high === null) return [];
  const position = (level: string): number => Math.log(Math.max(Number(level), 0.5));
  const share = (position(levels[index]!) - position(below)) / (position(above) - position(below));
  return [low + (high - low) * share];
}

/** Centre-free width of residuals, so that one far cell doesn't widen it. */
export function widthOf(residuals: readonly Residual[]): number {
  return residuals.length === 0 ? 0 : spreadOf(residuals.map(({ residual }) => residual));
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
 * steps, and real measurements tails: where distances thin out without a gap, none is called far.
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
    const last = taken.at(-1);
    if (last !== undefined && isApart(last, residuals, worst)) far = [...taken];
    if (Math.abs(worst.residual) < leastOff) break;
    taken.push(worst);
    left = left.filter(({ cell }) => cell !== worst.cell);
  }
  return far;
}

function isApart(cell: Residual, others: readonly Residual[], next: Residual): boolean {
  const distance = Math.abs(cell.residual);
  return (
    others.length >= leastOthers &&
    distance >= Math.max(leastOff, widths * widthOf(others), isolated * Math.abs(next.residual))
  );
}

/** Fewer cells say too little of what is usual in a table. */
const leastOthers = 6;
