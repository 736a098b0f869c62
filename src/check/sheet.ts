import type { Table } from '../table/index.ts';
import {
  dimensionName,
  precisionRank,
  type Quantity,
  type ResultColumn,
  type ResultTable,
  settingText,
} from '../table/results/index.ts';
import type { CheckCell, CheckColumn, CheckRow, Sheet } from './types.ts';

/** A published table of results as rules see it: a cell of two numbers is two cells. */
export function sheetOfResults(table: ResultTable): Sheet {
  const columns = table.columns.map(checkColumnsOf);
  const rows = table.rows.map(({ line, cells }): CheckRow => {
    const settings: Record<string, string> = {};
    const numbers: CheckCell[] = [];
    table.columns.forEach((column, index) => {
      const cell = cells[index]!;
      if (column.role === 'dimension' && column.parts.length === 1)
        settings[dimensionName(column)] = settingText(column, cell.text.trim());
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
  });
  return { name: table.name, columns: columns.flat(), rows, facts: table.facts };
}

function checkColumnsOf(column: ResultColumn): CheckColumn[] {
  const { name, role, quantity, statistic, parts, ratio, unit } = column;
  if (role === 'unknown') return [];
  return parts.map(({ precision, label }) => ({
    ...{ name, role, quantity, precision, hasUnit: unit !== null },
    label: role === 'dimension' && parts.length === 1 ? '' : label,
    statistic: statistic ?? (role === 'measure' ? 'average' : null),
    ratio: ratio === null ? null : { from: nameOf(ratio.from), to: nameOf(ratio.to) },
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

/** The number of a dimension that belongs to a cell: that of its precision or label, or of the whole row. */
export function dimensionAt(row: CheckRow, quantity: Quantity, of: CheckColumn): CheckCell | null {
  const all = row.cells.filter(({ column }) => column.role === 'dimension' && column.quantity === quantity);
  const own = all.find(({ column }) => isAlike(column, of));
  return own ?? all.find(({ column }) => column.precision === null && column.label === '') ?? null;
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
