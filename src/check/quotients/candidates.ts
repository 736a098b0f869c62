import type { Quantity } from '../../table/results/index.ts';
import { exactly, product, quotient, type Range, rangeOf } from '../arithmetic.ts';
import { isAlike, isSamePrecision, placeOf } from '../sheet.ts';
import type { CheckCell, CheckColumn, CheckRow, Sheet } from '../types.ts';

/** A number that a derived column could hold in a row, and what it comes from. */
export interface Derivation {
  readonly expected: Range;
  /** Numerator first. */
  readonly operands: readonly CheckCell[];
  /** Whether it holds whatever was measured: a base row over itself. */
  readonly trivial: boolean;
  /** The number that one operand must have for the derived cell to be right. */
  readonly implied: (operand: CheckCell, derived: Range) => Range;
  /** The arithmetic in words, such as `97.28 / 29.74`. */
  readonly words: string;
}

/** One way in which a derived column may come from others: by row, null where it can't be computed. */
export interface Candidate {
  /** Whether it is what the heading says. */
  readonly conforms: boolean;
  /** Whether the heading leaves no other choice. */
  readonly named: boolean;
  /** The columns it is made of. */
  readonly from: readonly CheckColumn[];
  readonly at: (row: CheckRow) => Derivation | null;
}

/** Quantities of which more is faster. */
const rates: ReadonlySet<Quantity> = new Set(['throughput']);
const measured: ReadonlySet<Quantity> = new Set(['throughput', 'latency', 'time-to-train']);

/** What scales: from the inside to the outside. */
export const scaled = ['threads', 'instances', 'devices', 'nodes-devices', 'nodes'] as const;

/** All ways in which a column of speed-ups, scalings or efficiencies may come from the measures beside it. */
export function candidatesOf(sheet: Sheet, derived: CheckColumn): Candidate[] {
  const sources = sheet.columns.filter(
    ({ role, quantity, statistic }) =>
      role === 'measure' && measured.has(quantity) && (statistic === 'average' || statistic === 'p50'),
  );
  return [
    ...(derived.quantity === 'speed-up' ? pairs(sources, derived) : []),
    ...overRows(sheet, sources, derived),
  ];
}

/** One column over another, in the same row. */
function pairs(sources: readonly CheckColumn[], derived: CheckColumn): Candidate[] {
  const all = sources.flatMap((from) =>
    sources
      .filter((to) => to !== from && to.quantity === from.quantity && to.statistic === from.statistic)
      .map((to) => ({ from, to })),
  );
  const nameOf = ({ precision, label }: CheckColumn): string => [precision ?? '', label].join(' ').trim();
  const names = ({ from, to }: (typeof all)[number]): boolean => {
    if (derived.ratio === null) return derived.precision === null || isAlike(to, derived);
    const isNamed = (name: string, column: CheckColumn) =>
      name === '' || name === nameOf(column) || isSamePrecision(name, column.precision);
    return isNamed(derived.ratio.from, from) && isNamed(derived.ratio.to, to);
  };
  return all.map((pair) => ({
    conforms: names(pair),
    named: derived.ratio !== null && all.filter(names).length >= 1,
    from: [pair.from, pair.to],
    at: (row) => {
      const [from, to] = [pair.from, pair.to].map((column) =>
        row.cells.find((cell) => cell.column === column),
      );
      if (from === undefined || to === undefined) return null;
      return divide(
        ...(rates.has(pair.from.quantity) ? ([to, from] as const) : ([from, to] as const)),
        exactly(1),
        false,
      );
    },
  }));
}

/** A row over the row of the fewest devices, nodes or threads that is otherwise the same. */
function overRows(sheet: Sheet, sources: readonly CheckColumn[], derived: CheckColumn): Candidate[] {
  if (derived.ratio !== null) return [];
  const conforming = sources.filter((source) => isAlike(source, derived));
  const unnamed = derived.precision === null && derived.label === '';
  return scaled.flatMap((dimension) => {
    const bases = baseRows(sheet, dimension);
    if (bases === null) return [];
    return sources.flatMap((source): Candidate[] => {
      const conforms = conforming.length > 0 ? conforming.includes(source) : unnamed;
      const at = (row: CheckRow): Derivation | null => {
        const base = bases.get(row)!;
        const [own, first] = [row, base].map(({ cells }) => cells.find(({ column }) => column === source));
        if (own === undefined || first === undefined) return null;
        const [top, bottom] = rates.has(source.quantity) ? [own, first] : [first, own];
        const step = Number(row.settings[dimension]) / Number(base.settings[dimension]);
        // Twice the work in the same time is twice as fast.
        const isWeakTime = derived.quantity === 'weak-scaling' && !rates.has(source.quantity);
        const factor = derived.quantity === 'efficiency' ? 1 / step : isWeakTime ? step : 1;
        return divide(top, bottom, exactly(factor), row === base);
      };
      return [
        {
          conforms,
          named: conforms && (derived.quantity !== 'speed-up' || sources.length === 1),
          from: [source],
          at,
        },
      ];
    });
  });
}

function divide(top: CheckCell, bottom: CheckCell, factor: Range, trivial: boolean): Derivation {
  const times = factor.low === 1 ? '' : ` × ${Number(factor.low.toPrecision(4))}`;
  return {
    expected: trivial ? factor : product(quotient(rangeOf(top), rangeOf(bottom)), factor),
    operands: trivial ? [top] : [top, bottom],
    trivial,
    implied: (operand, value) =>
      operand === top
        ? quotient(product(value, rangeOf(bottom)), factor)
        : quotient(product(rangeOf(top), factor), value),
    words: `${top.text} / ${bottom.text}${times}`,
  };
}

/** Dimensions that follow from others, and so tell no groups apart. */
const dependent = new Set(['accumulation', 'global-batch']);

const counted: ReadonlySet<string> = new Set([...scaled, 'data-parallel']);

/** Whether a number grows with another and has one value for each of its, as nodes of eight devices do with the devices. */
function isFollowing(rows: readonly CheckRow[], name: string, dimension: string): boolean {
  if (!counted.has(name)) return false;
  const pairs = rows
    .map(({ settings }) => [Number(settings[dimension]), Number(settings[name])] as const)
    .sort(([a], [b]) => a - b);
  return pairs.every(([level, value], index) => {
    const [before, own] = pairs[index - 1] ?? [0, 0];
    return level === before ? value === own : value > own;
  });
}

/** The first row of each row's group along a dimension; null where nothing varies along it. */
export function baseRows(sheet: Sheet, dimension: string): Map<CheckRow, CheckRow> | null {
  const rows = sheet.rows.filter(({ settings }) => Number(settings[dimension]) > 0);
  if (new Set(rows.map(({ settings }) => Number(settings[dimension]))).size < 2) return null;
  const names = Object.keys(rows[0]!.settings).filter(
    (name) => name !== dimension && !dependent.has(name) && !isFollowing(rows, name, dimension),
  );
  // Where the batch moves with the devices, as for strong scaling, it tells no groups apart.
  for (const keys of [names, names.filter((name) => name !== 'batch')]) {
    const groups = [
      ...Map.groupBy(rows, ({ settings }) => JSON.stringify(keys.map((name) => settings[name]))).values(),
    ];
    if (groups.every(({ length }) => length < 2)) continue;
    return new Map(
      groups.flatMap((group) => {
        const base = group.toSorted(
          (a, b) => Number(a.settings[dimension]) - Number(b.settings[dimension]),
        )[0]!;
        return group.map((row) => [row, base] as const);
      }),
    );
  }
  return null;
}

/** What a row is beside a dimension, as far as it is known. */
export const placeBeside = (row: CheckRow, cell: CheckCell): Readonly<Record<string, string>> =>
  placeOf(row, cell);
