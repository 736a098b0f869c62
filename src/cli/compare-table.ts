import type { SideCell } from '../compare/index.ts';
import { seriesOf, type Table } from '../table/index.ts';
import { wordedColumns } from './compare-columns.ts';

/** Columns that say what the machine, the model or the method was, and not which cell it is. */
const apart = new Set(['dims', 'model_hash', 'method']);

/**
 * The cells of a table: of each the lone run, or the slowest of its largest set.
 *
 * @param origin What tells this table from others: its file's path, or the name it was imported under.
 */
export function cellsOfTable(table: Table, origin: string): SideCell[] {
  return seriesOf(table).flatMap(({ columns, cells }) =>
    cells.map(
      (cell): SideCell => ({
        columns: columnsOfSeries(columns),
        threads: cell.threads,
        batch: cell.batch,
        modelHash: columns['model_hash'] ?? null,
        method: columns['method'] ?? null,
        source: `${table.name}:${cell.line}`,
        runs: [`${origin}:${cell.line}`],
        measurement: { state: 'average', latencyMs: cell.latencyMs, minMs: cell.minMs, maxMs: cell.maxMs },
      }),
    ),
  );
}

/** As columns of points are: dimensions apart, no cores for what ran alone. */
function columnsOfSeries(columns: Readonly<Record<string, string>>): Record<string, string> {
  const dims = (columns['dims'] ?? '').split(' ').flatMap((text) => {
    const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
    return name === undefined || size === undefined ? [] : [[name, size] as const];
  });
  const own = Object.entries(columns).filter(([column]) => !apart.has(column));
  const all: Record<string, string> = Object.fromEntries([...own, ...dims]);
  if (all['mode'] === 'alone' && 'cores' in all) all['cores'] = '';
  return wordedColumns(all);
}
