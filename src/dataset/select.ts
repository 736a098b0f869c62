import {
  type Cell,
  type Dataset,
  type MeasuredCell,
  type SettingName,
  settingNames,
  type Variant,
} from './types.ts';

/** Distinct numbers, ascending. */
export function distinctNumbers(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** What one page's charts hold fixed, and what differs. */
export interface Choice {
  /** The usual value of each setting. */
  readonly usual: Variant;
  /** Settings with more than one value, each with its values, the usual one first. */
  readonly varying: ReadonlyMap<SettingName, readonly string[]>;
}

/**
 * The usual settings of a dataset's cells and those that differ. Where a base value is there, it is the usual one; else the value that most
 * cells have, and of those that equally many have, what thinfer and its engine do unasked.
 */
export function chooseVariant({ cells }: Pick<Dataset, 'cells'>): Choice {
  const count = (name: SettingName): [string, number][] => {
    const counts = new Map<string, number>();
    for (const { variant } of cells) counts.set(variant[name], (counts.get(variant[name]) ?? 0) + 1);
    return [...counts].sort(
      ([a, left], [b, right]) =>
        Number(isBase(name, b)) - Number(isBase(name, a)) ||
        right - left ||
        Number(isUnasked(name, b)) - Number(isUnasked(name, a)) ||
        (a < b ? -1 : 1),
    );
  };
  const values = settingNames.map((name) => [name, count(name).map(([value]) => value)] as const);
  const wanted = Object.fromEntries(values.map(([name, [first]]) => [name, first ?? ''])) as Variant;
  const usual = nearestVariant(cells, wanted);
  const varying = values
    .filter(([, all]) => all.length > 1)
    .map(([name, all]) => [name, [usual[name], ...all.filter((value) => value !== usual[name])]] as const);
  return { usual, varying: new Map(varying) };
}

/** The variant itself where some cell has it; otherwise the one there is that shares most of it, base values first. */
function nearestVariant(cells: readonly Cell[], wanted: Variant): Variant {
  const variants = new Map(cells.map(({ variant }) => [variantKey(variant), variant]));
  if (variants.size === 0 || variants.has(variantKey(wanted))) return wanted;
  const shared = (variant: Variant): number =>
    settingNames.reduce(
      (sum, name) =>
        sum + (variant[name] === wanted[name] ? (name in baseValues ? settingNames.length : 1) : 0),
      0,
    );
  return [...variants.values()].reduce((best, one) => (shared(one) > shared(best) ? one : best));
}

/** Scalability is one instance's, on physical cores that lie together: such cells are the base wherever there are any. */
const baseValues: Partial<Variant> = {
  mode: 'alone',
  hardwareThreads: 'off',
  pinning: 'on',
  mapping: 'sequential',
};

const isBase = (name: SettingName, value: string): boolean => baseValues[name] === value;

/** What own points have where nothing else was asked for; beside it what published tables call so. */
const unaskedValues: Partial<Readonly<Record<SettingName, readonly string[]>>> = {
  precision: ['original'],
  optimization: ['all', 'script'],
  memoryPolicy: ['default'],
  allocator: ['glibc', 'default'],
  hugePages: ['system'],
  spinning: ['in runs'],
  interOpThreads: ['1'],
};

/** The null engine computes nothing: no page is about it where another one was measured as often. */
function isUnasked(name: SettingName, value: string): boolean {
  if (name === 'engine') return !/^null\b/.test(value);
  return unaskedValues[name]?.includes(value) ?? false;
}

/** Cells by their variant; lists of cells do not change. */
const indexes = new WeakMap<readonly Cell[], Map<string, Cell[]>>();

const variantKey = (variant: Variant): string => settingNames.map((name) => variant[name]).join('\n');

/** The cells with these values and the usual ones otherwise. */
export function cellsWith<T extends Cell>(
  cells: readonly T[],
  usual: Variant,
  wanted: Partial<Record<SettingName, string>> = {},
): readonly T[] {
  const index =
    indexes.get(cells) ?? Map.groupBy(cells as readonly Cell[], ({ variant }) => variantKey(variant));
  indexes.set(cells, index);
  return (index.get(variantKey({ ...usual, ...wanted })) ?? []) as readonly Cell[] as readonly T[];
}

/** Cells of one instance with figures, by batch and threads. */
export function measuredCells(cells: readonly Cell[]): MeasuredCell[] {
  return cells
    .filter((cell) => cell.state === 'measured')
    .sort((a, b) => a.batch - b.batch || a.threads - b.threads);
}

/** A cell's place among those of one variant. */
export const placeKey = ({ threads, batch }: Pick<Cell, 'threads' | 'batch'>): string =>
  `${threads} ${batch}`;
