import type { CheckRow, Sheet } from '../types.ts';

/** What scales: from the inside to the outside. */
export const scaled = ['threads', 'instances', 'devices', 'nodes-devices', 'nodes'] as const;

/** Dimensions that follow from others, and so tell no groups apart. */
export const dependent: ReadonlySet<string> = new Set(['accumulation', 'global-batch']);

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
