import { ThinferError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { firstLines } from './problems.ts';
import { seriesOf } from './series.ts';
import type { Series, Table } from './types.ts';

/** Wanted values by describing column; numbers compare as numbers, everything else as text. */
export type Where = Readonly<Record<string, string>>;

/**
 * The one series whose columns have the wanted values. Tables that thinfer exported give their `together` series
 * unless `mode` is asked for.
 *
 * Throws `usage` where a column or value doesn't occur, or where not exactly one series is left.
 */
export function selectSeries(table: Table, where: Where = {}): Series {
  const found = preferTogether(seriesOf(filterTable(table, where)), where);
  if (found.length === 1) return found[0]!;
  const text = `${table.name}: ${found.length} series are left:\n${firstLines(describeSeries(found))}`;
  throw new ThinferError('usage', text, { remedy: 'choose one of them: --where COLUMN=VALUE,…' });
}

/** The table with the rows that have the wanted values. Throws `usage` where a column or value doesn't occur. */
export function filterTable(table: Table, where: Where): Table {
  checkColumns(table, where);
  const rows = table.rows.filter(({ description }) => matches(description, where));
  if (rows.length === 0) throw nothingLeft(table, where);
  return { ...table, rows };
}

/** What tells each of several series apart, as one could write it behind `--where`; of one series: all of it. */
export function describeSeries(series: readonly Pick<Series, 'columns'>[]): string[] {
  const columns = Object.keys(series[0]?.columns ?? {});
  const telling = columns.filter((column) => valuesOf(series, column).length > 1);
  return series.map((one) =>
    (telling.length > 0 ? telling : columns).map((column) => `${column}=${one.columns[column]}`).join(','),
  );
}

function preferTogether(series: readonly Series[], where: Where): readonly Series[] {
  const together = series.filter(({ columns }) => columns['mode'] === 'together');
  return where['mode'] === undefined && together.length > 0 ? together : series;
}

function checkColumns({ name, columns }: Table, where: Where): void {
  const unknown = Object.keys(where).filter((column) => !columns.includes(column));
  if (unknown.length === 0) return;
  const problems = unknown.map((column) => {
    const nearest = nearestName(column, columns);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return `${name}: there is no column ${JSON.stringify(column)} to choose by${hint}`;
  });
  throw new ThinferError('usage', problems.join('\n'), {
    remedy: `columns to choose by: ${columns.join(', ') || 'none'}`,
  });
}

function nothingLeft(table: Table, where: Where): ThinferError {
  const all = seriesOf(table);
  const absent = Object.entries(where).filter(
    ([column, value]) => !all.some(({ columns }) => matches(columns, { [column]: value })),
  );
  if (absent.length === 0) {
    const wanted = Object.entries(where).map(([column, value]) => `${column}=${value}`);
    return new ThinferError('usage', `${table.name}: no series has ${wanted.join(',')}`, {
      remedy: `there are: ${firstLines(describeSeries(all)).replaceAll('\n', '; ')}`,
    });
  }
  return new ThinferError(
    'usage',
    absent
      .map(([column, value]) => `${table.name}: ${column} is nowhere ${JSON.stringify(value)}`)
      .join('\n'),
    { remedy: absent.map(([column]) => `${column} is ${valuesOf(all, column).join(' or ')}`).join('; ') },
  );
}

function valuesOf(series: readonly Pick<Series, 'columns'>[], column: string): string[] {
  return [...new Set(series.map(({ columns }) => columns[column] ?? ''))];
}

function matches(description: Readonly<Record<string, string>>, where: Where): boolean {
  return Object.entries(where).every(([column, wanted]) => isSame(description[column] ?? '', wanted));
}

function isSame(value: string, wanted: string): boolean {
  return value === wanted || (value !== '' && wanted !== '' && Number(value) === Number(wanted));
}
