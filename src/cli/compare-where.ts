import type { SideCell } from '../compare/index.ts';
import { ThinferError } from '../errors.ts';
import type { Where } from '../table/index.ts';
import type { SideName } from './compare-side-name.ts';

/** Values of each column that cells can be chosen by, of all cells of a source. */
export type Values = Map<string, Set<string>>;

/** What can be asked of a cell: its columns, and the model's content and the method, which cells are not matched by. */
function choosableColumns({ columns, threads, batch, modelHash, method }: SideCell): Record<string, string> {
  return {
    threads: String(threads),
    batch: String(batch),
    ...columns,
    ...(modelHash === null ? {} : { model_hash: modelHash }),
    ...(method === null ? {} : { method }),
  };
}

/** Adds a cell's values. */
export function learnValues(values: Values, cell: SideCell): void {
  for (const [column, value] of Object.entries(choosableColumns(cell)))
    values.set(column, (values.get(column) ?? new Set()).add(value));
}

/** Whether a cell is one of those that were asked for. */
export function isWanted(cell: SideCell, where: Where): boolean {
  const own: Readonly<Record<string, string>> = choosableColumns(cell);
  return Object.entries(where).every(([column, wanted]) => isSame(column, own[column] ?? '', wanted));
}

const isSame = (column: string, value: string, wanted: string): boolean =>
  value === wanted ||
  (column === 'model_hash'
    ? value.startsWith(wanted.toLowerCase())
    : value !== '' && wanted !== '' && Number(value) === Number(wanted));

/** Throws `usage` where a column was asked for that no cell of the source has. */
export function refuseUnknownColumns(where: Where, values: Values, source: string): void {
  const known = [...values.keys()];
  const unknown = Object.keys(where).filter((column) => !known.includes(column));
  if (unknown.length === 0 || known.length === 0) return;
  throw new ThinferError(
    'usage',
    unknown
      .map((column) => `${source}: there is no column ${JSON.stringify(column)} to choose by`)
      .join('\n'),
    { remedy: `columns to choose by: ${known.join(', ')}` },
  );
}

/** What to do where nothing that was asked for is there. */
export function whereRemedy({ source, where }: SideName, values: Values): string {
  const asked = Object.entries(where);
  if (asked.length === 0) return `${source} holds no measured point; measure something first`;
  const unknown = asked
    .filter(([column, wanted]) => ![...values.get(column)!].some((value) => isSame(column, value, wanted)))
    .map(([column]) => `${column} is ${listValues([...values.get(column)!].sort())} there`);
  const all = asked.map(([column, value]) => `${column}=${value}`).join(',');
  return [`nothing in ${source} has ${all}`, ...unknown].join('; ');
}

/** `2 or 4 or empty`. */
export const listValues = (values: readonly string[]): string =>
  [...values.filter((value) => value !== ''), ...(values.includes('') ? ['empty'] : [])].join(' or ');
