import type { Placed } from './neighbours.ts';

/** A dimension with its levels; ordered ones are those of numbers. */
export interface Axis {
  readonly name: string;
  readonly levels: readonly string[];
  /** Of ordered levels, what they stand for. */
  readonly numbers: readonly number[];
  readonly isOrdered: boolean;
}

/** Dimensions that follow from others. */
const dependent = new Set(['accumulation', 'global-batch', 'instance_id', 'replica']);

/** Labels such as `4 threads` and `seq 128` differ in one number. */
const numberOf = (name: string, level: string): number => {
  const digits = name === 'label' ? level.match(/\d+(?:\.\d+)?/g) : null;
  return level === '' ? Number.NaN : Number(digits?.length === 1 ? digits[0] : level);
};

const wordsOf = (level: string): string => level.replace(/\d+(?:\.\d+)?/, '').replace(/s\b/, '');

/** The dimensions along which cells vary. */
export function axesOf(series: readonly Placed[]): Axis[] {
  const names = new Set(series.flatMap(({ place }) => Object.keys(place)));
  return [...names]
    .filter((name) => !dependent.has(name))
    .map((name) => axisOf(name, [...new Set(series.map(({ place }) => place[name] ?? ''))]))
    .filter(({ levels }) => levels.length > 1);
}

function axisOf(name: string, all: readonly string[]): Axis {
  const isOrdered =
    all.every((level) => Number.isFinite(numberOf(name, level))) &&
    (name !== 'label' || new Set(all.map(wordsOf)).size === 1);
  const levels = isOrdered ? all.toSorted((a, b) => numberOf(name, a) - numberOf(name, b)) : all;
  return { name, levels, numbers: isOrdered ? levels.map((level) => numberOf(name, level)) : [], isOrdered };
}

/** Dimensions that a measurement depends on whatever the table is about. */
const telling: ReadonlySet<string> = new Set([
  ...['model', 'system', 'sequence', 'batch', 'precision', 'threads', 'instances', 'concurrency'],
  ...['devices', 'nodes', 'nodes-devices', 'phase', 'label'],
]);

/**
 * Axes without those that only describe, such as who handed a result in: places are told apart without them, and more cells
 * get promises.
 *
 * @param count So many cells of the series get promises from these axes.
 */
export function tellingAxes(series: readonly Placed[], count: (axes: readonly Axis[]) => number): Axis[] {
  let axes = axesOf(series);
  for (const axis of [...axes].sort((a, b) => b.levels.length - a.levels.length)) {
    const rest = axes.filter((one) => one !== axis);
    if (telling.has(axis.name) || rest.length === 0 || !arePlacesUnique(series, rest)) continue;
    if (count(rest) > count(axes)) axes = rest;
  }
  return axes;
}

function arePlacesUnique(series: readonly Placed[], axes: readonly Axis[]): boolean {
  const keys = series.map(({ place }) => JSON.stringify(axes.map(({ name }) => place[name])));
  return new Set(keys).size === keys.length;
}
