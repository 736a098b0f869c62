import type { SideCell } from './types.ts';

/** Two cells that agree in everything that is not meant to differ; one of them may be missing, not both. */
export interface MatchedCell {
  /** What they agree in, by column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly batch: number;
  readonly a: SideCell | null;
  readonly b: SideCell | null;
}

/** What came of matching two sides. */
export interface Matching {
  /** By columns, then batch, then threads. */
  readonly cells: readonly MatchedCell[];
  /** Columns that only one side has, and that nothing was matched by. */
  readonly unmatched: readonly string[];
  /**
   * For each side, the columns that tell cells apart which nothing else does, with their values: `model_hash` or `method`
   * where no column does, and the empty one, with where the cells stand, where not even those do.
   */
  readonly ambiguous: readonly {
    readonly side: 'A' | 'B';
    readonly column: string;
    readonly values: readonly string[];
  }[];
  /** Columns in which no value of one side occurs on the other. */
  readonly disjoint: readonly {
    readonly column: string;
    readonly a: readonly string[];
    readonly b: readonly string[];
  }[];
}

/**
 * Puts cells of two sides beside each other.
 *
 * @param varied Columns that may differ between the sides.
 */
export function matchCells(
  a: readonly SideCell[],
  b: readonly SideCell[],
  varied: ReadonlySet<string>,
): Matching {
  // A side without cells contradicts no column.
  const ofA = columnsOf(a.length > 0 ? a : b);
  const ofB = columnsOf(b.length > 0 ? b : a);
  const areAllPoints = [...a, ...b].every(({ modelHash }) => modelHash !== null);
  const ofSome = new Set(areAllPoints ? [...columnsOfSome(a), ...columnsOfSome(b)] : []);
  const isShared = (column: string): boolean => (ofA.has(column) && ofB.has(column)) || ofSome.has(column);
  const all = [...new Set([...ofA, ...ofB])].filter((column) => !varied.has(column));
  const shared = all.filter(isShared);
  const unmatched = all.filter((column) => !isShared(column));
  const keyOf = (cell: SideCell): string =>
    JSON.stringify([...shared.map((column) => plain(cell.columns[column])), cell.batch, cell.threads]);
  const groupsA = Map.groupBy(a, keyOf);
  const groupsB = Map.groupBy(b, keyOf);
  const cells = [...new Set([...groupsA.keys(), ...groupsB.keys()])].map((key): MatchedCell => {
    const [cellA = null] = groupsA.get(key) ?? [];
    const [cellB = null] = groupsB.get(key) ?? [];
    const { columns, threads, batch } = (cellA ?? cellB)!;
    const own = Object.fromEntries(shared.map((column) => [column, columns[column] ?? '']));
    return { columns: own, threads, batch, a: cellA, b: cellB };
  });
  return {
    cells: cells.toSorted(compareKeys),
    unmatched,
    ambiguous: [...ambiguities(groupsA, 'A'), ...ambiguities(groupsB, 'B')],
    disjoint: shared.flatMap((column) => disjointIn(column, a, b)),
  };
}

/** Cells of settings that both sides have cells of, and how many cells each side has of others. */
export interface SharedSeries {
  readonly cells: readonly MatchedCell[];
  readonly elsewhere: { readonly a: number; readonly b: number };
}

/** Leaves out series that only one side was measured in: where one setting was varied at a time, the others' values. */
export function sharedSeries(matched: readonly MatchedCell[]): SharedSeries {
  const series = [...Map.groupBy(matched, ({ columns }) => JSON.stringify(columns)).values()];
  const isShared = (own: readonly MatchedCell[]): boolean =>
    own.some(({ a }) => a !== null) && own.some(({ b }) => b !== null);
  const others = series.filter((own) => !isShared(own)).flat();
  return {
    cells: series.filter(isShared).flat(),
    elsewhere: {
      a: others.filter(({ a }) => a !== null).length,
      b: others.filter(({ b }) => b !== null).length,
    },
  };
}

/**
 * Columns that some cells of a side have and others lack: of points, the dimensions of some models. Models without one
 * stand against each other, even where the other side holds no model with it.
 */
function columnsOfSome(cells: readonly SideCell[]): string[] {
  return [...columnsOf(cells)].filter((column) => cells.some(({ columns }) => !(column in columns)));
}

const columnsOf = (cells: readonly SideCell[]): Set<string> =>
  new Set(cells.flatMap(({ columns }) => Object.keys(columns)));

/** `1` and `1.0` are the same value. */
function plain(value: string | undefined): string {
  const text = value ?? '';
  return text !== '' && Number.isFinite(Number(text)) ? String(Number(text)) : text;
}

function compareKeys(a: MatchedCell, b: MatchedCell): number {
  for (const column of Object.keys(a.columns)) {
    const [left = '', right = ''] = [a.columns[column], b.columns[column]];
    const order = left === right ? 0 : left.localeCompare(right, 'en', { numeric: true });
    if (order !== 0) return order;
  }
  return a.batch - b.batch || a.threads - b.threads;
}

function ambiguities(
  groups: ReadonlyMap<string, readonly SideCell[]>,
  side: 'A' | 'B',
): { side: 'A' | 'B'; column: string; values: string[] }[] {
  const found = new Map<string, Set<string>>();
  for (const cells of groups.values()) {
    if (cells.length < 2) continue;
    for (const [column, values] of tellingApart(cells))
      found.set(column, new Set([...(found.get(column) ?? []), ...values]));
  }
  return [...found].map(([column, values]) => ({ side, column, values: [...values].sort() }));
}

/** By what cells of one key differ, and how; never nothing. */
function tellingApart(cells: readonly SideCell[]): [column: string, values: Set<string>][] {
  const by = (column: string, value: (cell: SideCell) => string): [string, Set<string>] => [
    column,
    new Set(cells.map(value)),
  ];
  const columns = [...columnsOf(cells)].map((column) => by(column, (cell) => cell.columns[column] ?? ''));
  const differing = columns.filter(([, values]) => values.size > 1);
  if (differing.length > 0) return differing;
  const content = by('model_hash', ({ modelHash }) => modelHash?.slice(0, 12) ?? '');
  if (content[1].size > 1) return [content];
  const method = by('method', (cell) => cell.method ?? '');
  return [method[1].size > 1 ? method : by('', ({ source }) => source)];
}

function disjointIn(column: string, a: readonly SideCell[], b: readonly SideCell[]): Matching['disjoint'] {
  const valuesOf = (cells: readonly SideCell[]): Set<string> =>
    new Set(cells.map(({ columns }) => plain(columns[column])));
  const [ofA, ofB] = [valuesOf(a), valuesOf(b)];
  return ![...ofA].some((value) => ofB.has(value))
    ? [{ column, a: [...ofA].sort(), b: [...ofB].sort() }]
    : [];
}
