import type { Table } from '../table/index.ts';
import {
  dimensionName,
  precisionRank,
  type Quantity,
  type ResultColumn,
  type ResultRow,
  type ResultTable,
  settingText,
} from '../table/results/index.ts';
import type { CheckCell, CheckColumn, CheckRow, Sheet } from './types.ts';

/** A published table of results as rules see it: a cell of two numbers is two cells. */
export function sheetOfResults(table: ResultTable): Sheet {
  const columns = table.columns.map(checkColumnsOf);
  const names = settingNames(table.columns);
  const rowOf = ({ line, cells }: ResultRow): CheckRow => {
    const settings: Record<string, string> = {};
    const numbers: CheckCell[] = [];
    table.columns.forEach((column, index) => {
      const cell = cells[index]!;
      const name = names[index]!;
      if (name !== null) settings[name] = settingText(column, cell.text.trim());
      if (column.role === 'unknown') return;
      cell.numbers.forEach((number, part) => {
        if (number === null) return;
        const { scale } = column;
        numbers.push({
          ...{ table: table.name, line, column: columns[index]![part]!, text: cell.text },
          ...{ value: number.value * scale, half: number.half * scale },
        });
      });
    });
    return { line, settings, cells: numbers };
  };
  const rows = table.rows.map(rowOf);
  const summaries = table.summaries.map((summary) => ({
    ...{ of: summary.of, row: rowOf(summary) },
    about: summary.about.flatMap((index) => rows[index] ?? []),
  }));
  return { name: table.name, columns: columns.flat(), rows, summaries, facts: table.facts };
}

/** What dimensions of whole rows are called: by quantity, and by their heading where another column has that name. */
function settingNames(columns: readonly ResultColumn[]): (string | null)[] {
  const isWhole = ({ role, parts }: ResultColumn): boolean => role === 'dimension' && parts.length === 1;
  // `GPUs` are the devices where `GPUs per node` stand beside them.
  const first = columns.filter(isWhole).toSorted((a, b) => Number(a.per !== null) - Number(b.per !== null));
  const owner = (name: string) => first.find((column) => dimensionName(column) === name);
  return columns.map((column) => {
    if (!isWhole(column)) return null;
    const name = dimensionName(column);
    return owner(name) === column ? name : column.name;
  });
}

function checkColumnsOf(column: ResultColumn): CheckColumn[] {
  const { name, role, quantity, statistic, parts, ratio, unit, per } = column;
  if (role === 'unknown') return [];
  return parts.map(({ precision, label }) => ({
    ...{ name, role, quantity, precision, hasUnit: unit !== null },
    label: role === 'dimension' && parts.length === 1 ? '' : label,
    statistic: statistic ?? (role === 'measure' ? 'average' : null),
    ratio: ratio === null ? null : { from: nameOf(ratio.from), to: nameOf(ratio.to) },
    ...(per === null ? {} : { per }),
    ...(unit === '%' ? { isPercent: true as const } : {}),
  }));
}

const nameOf = ({
  precision,
  label,
}: {
  readonly precision: string | null;
  readonly label: string;
}): string => [precision ?? '', label].join(' ').trim();

/** A table of latencies as rules see it; its numbers are as exact as its file had them. */
export function sheetOfLatencies(table: Table): Sheet {
  const column = (name: string, quantity: Quantity, statistic: CheckColumn['statistic']): CheckColumn => ({
    ...{ name, quantity, statistic, precision: null, label: '', ratio: null, hasUnit: true },
    role: statistic === null ? 'dimension' : 'measure',
  });
  const columns = {
    threads: column('intraop_threads', 'threads', null),
    batch: column('batch_size', 'batch', null),
    latencyMs: column('latency(avg)', 'latency', 'average'),
    minMs: column('latency(min)', 'latency', 'min'),
    maxMs: column('latency(max)', 'latency', 'max'),
  };
  // Where a table has one number a row, it may have been a throughput; the two say the same.
  const isSingle = table.rows.every(
    ({ minMs, maxMs, interval }) => minMs === null && maxMs === null && interval === undefined,
  );
  const throughput = column('throughput, or latency(avg)', 'throughput', 'average');
  const rows = table.rows.map((row): CheckRow => {
    const { line, description, threads, batch, instances, instanceId } = row;
    const cells = (Object.keys(columns) as (keyof typeof columns)[]).flatMap((key): CheckCell[] => {
      const value = row[key];
      if (value === null) return [];
      if (key === 'latencyMs' && isSingle) return [asThroughput(table.name, row, throughput)];
      const interval = key === 'latencyMs' && row.interval !== undefined ? { interval: row.interval } : {};
      return [
        { table: table.name, line, column: columns[key], text: String(value), value, half: 0, ...interval },
      ];
    });
    const settings = {
      ...description,
      instance_id: String(instanceId),
      ...(instances === null ? {} : { instances: String(instances) }),
      ...{ threads: String(threads), batch: String(batch) },
    };
    return { line, settings, cells };
  });
  const facts = { precision: null, devices: null };
  return {
    name: table.name,
    columns: [
      ...Object.values(columns).filter((one) => !isSingle || one.quantity !== 'latency'),
      ...(isSingle ? [throughput] : []),
    ],
    rows,
    facts,
  };
}

function asThroughput(
  table: string,
  { line, batch, latencyMs }: Table['rows'][number],
  column: CheckColumn,
): CheckCell {
  const value = (batch * 1000) / latencyMs;
  return { table, line, column, text: String(Number(value.toPrecision(12))), value, half: value * 1e-11 };
}

/** The cells of a row that measure a quantity. */
export function measuresOf({ cells }: CheckRow, ...quantities: readonly Quantity[]): CheckCell[] {
  return cells.filter(({ column }) => column.role === 'measure' && quantities.includes(column.quantity));
}

/** Whether two columns belong to the same precision and label; `mixed precision` and `FP16` are one. */
export function isAlike(a: CheckColumn, b: CheckColumn): boolean {
  return a.label === b.label && isSamePrecision(a.precision, b.precision);
}

/** Whether two names stand for the same precision. */
export function isSamePrecision(a: string | null, b: string | null): boolean {
  return (
    a === b ||
    (a !== null && b !== null && precisionRank(a) !== null && precisionRank(a) === precisionRank(b))
  );
}

/** Whether a column holds what was hoped for, and not what was measured. */
export const isIdeal = ({ label }: CheckColumn): boolean =>
  /\b(?:ideal|linear|theoretical|expected|perfect|projected)\b/.test(label);

/** The number of a dimension that belongs to a cell: that of its precision or label, or of the whole row. */
export function dimensionAt(row: CheckRow, quantity: Quantity, of: CheckColumn): CheckCell | null {
  const all = row.cells.filter(({ column }) => column.role === 'dimension' && column.quantity === quantity);
  const whole = all.filter(({ column }) => column.precision === null && column.label === '');
  const own = all.find(({ column }) => isAlike(column, of) && column.per === undefined);
  return own ?? whole.find(({ column }) => column.per === undefined) ?? whole[0] ?? null;
}

/** All that a measured cell belongs to, by dimension. */
export function placeOf(row: CheckRow, { column }: CheckCell): Readonly<Record<string, string>> {
  return {
    ...row.settings,
    ...(column.precision === null ? {} : { precision: column.precision }),
    ...(column.label === '' ? {} : { label: column.label }),
  };
}

/** A place in words: what is set there, but for what says nothing here. */
export function describePlace(place: Readonly<Record<string, string>>, names: readonly string[]): string {
  return names.map((name) => `${name} ${place[name] ?? '–'}`).join(', ');
}
