import type { Quantity } from '../../table/results/index.ts';
import { isAlike, isIdeal, isSamePrecision } from '../sheet.ts';
import type { CheckColumn, CheckRow, Sheet } from '../types.ts';
import { baseRows, scaled } from './base-rows.ts';
import { type Candidate, type Derivation, divide, rates } from './division.ts';
import { asPrinted, formsOf } from './forms.ts';
import { overLevels } from './over-levels.ts';

const measured: ReadonlySet<Quantity> = new Set(['throughput', 'latency', 'time-to-train']);
/** What is saved, as well. */
const saved: ReadonlySet<Quantity> = new Set([...measured, 'memory', 'power', 'cost']);

/** All ways in which a column of speed-ups, scalings or efficiencies may come from the measures beside it. */
export function candidatesOf(sheet: Sheet, derived: CheckColumn): Candidate[] {
  const all = sheet.columns.filter(
    (column) =>
      column.role === 'measure' &&
      !isIdeal(column) &&
      saved.has(column.quantity) &&
      (column.statistic === 'average' || column.statistic === 'p50'),
  );
  const sources = all.filter(({ quantity, per }) => measured.has(quantity) && per === undefined);
  return [
    ...(derived.quantity === 'speed-up' ? pairs(all, derived) : []),
    ...overRows(sheet, sources, derived),
    ...(derived.quantity === 'speed-up' || derived.quantity === 'efficiency'
      ? overLevels(sheet, sources, derived)
      : []),
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
  return all.flatMap((pair) => {
    const conforms = names(pair);
    return formsOf(derived).map(
      (form): Candidate => ({
        conforms,
        named: derived.ratio !== null && form === asPrinted && all.some(names),
        from: [pair.from, pair.to],
        at: (row) => {
          const [from, to] = [pair.from, pair.to].map((column) =>
            row.cells.find((cell) => cell.column === column),
          );
          if (from === undefined || to === undefined) return null;
          const [top, bottom] = rates.has(pair.from.quantity) ? [to, from] : [from, to];
          return divide(top, bottom, { form });
        },
      }),
    );
  });
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
        return divide(top, bottom, { factor, trivial: row === base });
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
