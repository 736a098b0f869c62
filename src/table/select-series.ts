import { ThinferError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { seriesOf } from './series.ts';
import type { Series, Table } from './types.ts';

/**
 * The one series whose columns have the wanted values; numbers compare as numbers, everything else as text. Tables
 * that thinfer exported give their `together` series unless `mode` is asked for.
 *
 * Throws `usage` where a column or value doesn't occur, or where not exactly one series is left.
 */
export function selectSeries(table: Table, where: Readonly<Record<string, string>> = {}): Series {
  checkColumns(table, where);
  const all = seriesOf(table);
  const found = preferTogether(
    all.filter((series) => matches(series, where)),
    where,
  );
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw nothingLeft(table, where, all);
  throw new ThinferError(
    'usage',
    [`${table.name}: ${found.length} series are left:`, ...describeSeries(found).slice(0, 20)].join('\n'),
    { remedy: 'choose one of them: --where COLUMN=VALUE,…' },
  );
}

/** What tells each of several series apart, as one could write it behind `--where`; of one series: all of it. */
export function describeSeries(series: readonly Series[]): string[] {
  const columns = Object.keys(series[0]?.columns ?? {});
  const telling = columns.filter((column) => valuesOf(series, column).length > 1);
  return series.map((one) =>
    (telling.length > 0 ? telling : columns).map((column) => `${column}=${one.columns[column]}`).join(','),
  );
}

function preferTogether(
  series: readonly Series[],
  where: Readonly<Record<string, string>>,
): readonly Series[] {
  const together = series.filter(({ columns }) => columns['mode'] === 'together');
  return where['mode'] === undefined && together.length > 0 ? together : series;
}

function checkColumns(table: Table, where: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(where).filter((column) => !table.columns.includes(column));
  if (unknown.length === 0) return;
  const problems = unknown.map((column) => {
    const nearest = nearestName(column, table.columns);
    return `${table.name}: has no column ${JSON.stringify(column)} to choose by${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
  });
  throw new ThinferError('usage', problems.join('\n'), {
    remedy: `columns to choose by: ${table.columns.join(', ') || 'none'}`,
  });
}

function nothingLeft(
  table: Table,
  where: Readonly<Record<string, string>>,
  all: readonly Series[],
): ThinferError {
  const absent = Object.entries(where).filter(
    ([column, value]) => !all.some((series) => matches(series, { [column]: value })),
  );
  if (absent.length === 0)
    return new ThinferError('usage', `${table.name}: no series has ${describeWhere(where)}`, {
      remedy: `there are: ${describeSeries(all).slice(0, 20).join('; ')}`,
    });
  return new ThinferError(
    'usage',
    absent
      .map(([column, value]) => `${table.name}: ${column} is nowhere ${JSON.stringify(value)}`)
      .join('\n'),
    { remedy: absent.map(([column]) => `${column} is ${valuesOf(all, column).join(' or ')}`).join('; ') },
  );
}

const describeWhere = (where: Readonly<Record<string, string>>): string =>
  Object.entries(where)
    .map(([column, value]) => `${column}=${value}`)
    .join(',');

function valuesOf(series: readonly Series[], column: string): string[] {
  return [...new Set(series.map(({ columns }) => columns[column] ?? ''))];
}

function matches({ columns }: Series, where: Readonly<Record<string, string>>): boolean {
  return Object.entries(where).every(([column, wanted]) => isSame(columns[column] ?? '', wanted));
}

function isSame(value: string, wanted: string): boolean {
  if (value === wanted) return true;
  return value !== '' && wanted !== '' && Number(value) === Number(wanted);
}
