import type { CheckRow, Sheet } from './types.ts';

/** So many rows of both sheets must be at the same places, for one to be the other's throughputs. */
const leastShared = 0.9;

const measures = ({ columns }: Sheet, quantity: string): boolean =>
  columns.some((column) => column.role === 'measure' && column.quantity === quantity);

/**
 * Latencies and throughputs of one experiment are often published as two tables. Rows of both at the same place are put
 * together; their cells keep the table and line they stand in.
 */
export function joinSheets(sheets: readonly Sheet[]): Sheet[] {
  const latencies = sheets.filter((sheet) => measures(sheet, 'latency') && !measures(sheet, 'throughput'));
  const throughputs = sheets.filter((sheet) => measures(sheet, 'throughput') && !measures(sheet, 'latency'));
  const placed = throughputs.map((throughput) => [throughput, byPlace(throughput)] as const);
  return latencies.flatMap((latency) => {
    const own = byPlace(latency);
    return placed.flatMap(([throughput, others]) => join(latency, own, throughput, others) ?? []);
  });
}

type ByPlace = ReadonlyMap<string, CheckRow>;

function join(latency: Sheet, own: ByPlace, throughput: Sheet, others: ByPlace): Sheet | null {
  const rows = [...own].flatMap(([place, row]): CheckRow[] => {
    const other = others.get(place);
    const added = other?.cells.filter(({ column }) => column.role === 'measure') ?? [];
    return other === undefined ? [] : [{ ...row, cells: [...row.cells, ...added] }];
  });
  if (rows.length < leastShared * Math.max(latency.rows.length, throughput.rows.length)) return null;
  return {
    ...latency,
    columns: [...latency.columns, ...throughput.columns.filter(({ role }) => role === 'measure')],
    rows,
  };
}

function byPlace({ rows }: Sheet): Map<string, CheckRow> {
  return new Map(rows.map((row) => [JSON.stringify(Object.entries(row.settings).sort()), row]));
}
