import { isAlike, isSamePrecision } from '../sheet.ts';
import type { CheckColumn, CheckRow, Sheet } from '../types.ts';
import { dependent, scaled } from './base-rows.ts';
import { type Candidate, divide, rates } from './division.ts';
import { formsOf } from './forms.ts';

/**
 * A row over another of its group: `Speedup vs PyTorch` of one row for each framework. The base is the row that the heading
 * names; else the one whose speed-up is printed as 1; else the group's first.
 */
export function overLevels(sheet: Sheet, sources: readonly CheckColumn[], derived: CheckColumn): Candidate[] {
  if (derived.quantity !== 'speed-up') return [];
  const alike = sources.filter((source) => isAlike(source, derived));
  const conforming = alike.length > 0 ? alike : sources;
  const names = [...new Set(sheet.rows.flatMap(({ settings }) => Object.keys(settings)))];
  const varying = names.filter(
    (name) => !dependent.has(name) && new Set(sheet.rows.map(({ settings }) => settings[name])).size > 1,
  );
  return [...varying, null].flatMap((dimension) => {
    const bases = basesOf(sheet, derived, dimension, varying);
    if (bases === null) return [];
    return conforming.flatMap((source) =>
      formsOf(derived).map(
        (form): Candidate => ({
          conforms: true,
          named: false,
          from: [source],
          at: (row) => {
            const base = bases.get(row);
            const [own, first] = [row, base].map((one) => one?.cells.find(({ column }) => column === source));
            if (base === undefined || own === undefined || first === undefined) return null;
            const [top, bottom] = rates.has(source.quantity) ? [own, first] : [first, own];
            return divide(top, bottom, { form, trivial: row === base });
          },
        }),
      ),
    );
  });
}

/** @param dimension What tells the rows of a group apart; null: all of them are one group. */
function basesOf(
  sheet: Sheet,
  derived: CheckColumn,
  dimension: string | null,
  varying: readonly string[],
): Map<CheckRow, CheckRow> | null {
  const others = dimension === null ? [] : varying.filter((name) => name !== dimension);
  const groups = Map.groupBy(sheet.rows, ({ settings }) =>
    JSON.stringify(others.map((name) => settings[name])),
  );
  const bases = [...groups.values()].map((group) => [group, baseOf(group, derived, dimension)] as const);
  if (bases.some(([, base]) => base === null) || bases.every(([group]) => group.length < 2)) return null;
  return new Map(bases.flatMap(([group, base]) => group.map((row) => [row, base!] as const)));
}

function baseOf(group: readonly CheckRow[], derived: CheckColumn, dimension: string | null): CheckRow | null {
  const name = derived.ratio?.from ?? '';
  if (name !== '') return group.find((row) => isNamed(row, name, dimension)) ?? null;
  const one = derived.isPercent === true ? 0 : 1;
  const printed = group.filter(({ cells }) =>
    cells.some(({ column, value }) => column === derived && value === one),
  );
  return printed[0] ?? group[0]!;
}

/** `fp32` names a precision, `pytorch` a level, `8 gpus` the number of a dimension. */
function isNamed({ settings }: CheckRow, name: string, dimension: string | null): boolean {
  const levels = dimension === null ? Object.values(settings) : [settings[dimension] ?? ''];
  if (levels.some((level) => level.toLowerCase() === name || isSamePrecision(level, name))) return true;
  const [, count] = /^(\d+) ?[x×]? ?\p{L}*$/u.exec(name) ?? [];
  const isCounted = dimension !== null && (scaled as readonly string[]).includes(dimension);
  return isCounted && count !== undefined && Number(settings[dimension]) === Number(count);
}
