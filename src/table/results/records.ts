import { precisionRank, takePrecision } from './precision.ts';
import type { Qualifier, Quantity, ResultColumn, ResultTable, Statistic } from './types.ts';

/** One measured number of a record. */
export interface ResultMeasure {
  readonly quantity: Quantity;
  readonly statistic: Statistic | null;
  /** `ms`, `h`, `items/s`, or the heading's own where it isn't converted. */
  readonly unit: string | null;
  /** In that unit. */
  readonly value: number;
  /** As printed, and under which heading. */
  readonly text: string;
  readonly column: string;
}

/** What was measured at one place: of each row, one record per precision or label that its headings tell apart. */
export interface ResultRecord {
  readonly line: number;
  /** By quantity (`model`, `sequence`, `batch`, `precision` …; settings by their heading); numbers where they are. */
  readonly dimensions: Readonly<Record<string, string | number>>;
  readonly measures: readonly ResultMeasure[];
}

/** All records of a table, in the order of its rows; those without any number are left out. */
export function recordsOf(table: ResultTable): ResultRecord[] {
  const qualifiers = qualifiersOf(table.columns);
  return table.rows.flatMap(({ line, cells }) =>
    qualifiers.flatMap((qualifier): ResultRecord[] => {
      const dimensions: Record<string, string | number> = { ...factDimensions(table) };
      const measures: ResultMeasure[] = [];
      table.columns.forEach((column, index) => {
        const cell = cells[index]!;
        const part = partOf(column, qualifier);
        const number = part === null ? null : (cell.numbers[part] ?? null);
        if (column.role === 'dimension') {
          if (part !== null && cell.text !== '')
            dimensions[dimensionName(column)] = number?.value ?? settingText(column, cell.text);
        } else if (number !== null && part !== null && isSame(column.parts[part]!, qualifier))
          measures.push({
            quantity: column.quantity,
            statistic: column.statistic,
            unit: canonicalUnit(column),
            value: number.value * column.scale,
            text: cell.text,
            column: column.name,
          });
      });
      if (qualifier.precision !== null) dimensions['precision'] = qualifier.precision;
      if (qualifier.label !== '') dimensions['label'] = qualifier.label;
      return measures.length === 0 ? [] : [{ line, dimensions, measures }];
    }),
  );
}

/** Settings go by their heading, as there may be several of them. */
export function dimensionName({ quantity, name }: ResultColumn): string {
  return quantity === 'setting' ? name : quantity;
}

/** A dimension's word: precisions by one name each, others as they stand. */
export function settingText({ quantity }: Pick<ResultColumn, 'quantity'>, text: string): string {
  return quantity === 'precision' ? (takePrecision(text.toLowerCase()).precision ?? text) : text;
}

/** The unit of a converted number. */
export function canonicalUnit({ quantity, unit }: Pick<ResultColumn, 'quantity' | 'unit'>): string | null {
  if (quantity === 'latency') return 'ms';
  if (quantity === 'time-to-train') return 'h';
  if (quantity === 'throughput') return 'items/s';
  return quantity === 'efficiency' ? null : unit;
}

function factDimensions({ facts }: ResultTable): Record<string, string | number> {
  return {
    ...(facts.precision === null ? {} : { precision: facts.precision }),
    ...(facts.devices === null ? {} : { devices: facts.devices }),
  };
}

function qualifiersOf(columns: readonly ResultColumn[]): Qualifier[] {
  const all = columns.filter(({ role }) => role !== 'dimension').flatMap(({ parts }) => parts);
  return all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
}

const isSame = (a: Qualifier, b: Qualifier): boolean => a.precision === b.precision && a.label === b.label;

/** The part of a column that belongs to a qualifier; a column with a single part and no qualifier belongs to all. */
function partOf({ parts, role }: ResultColumn, qualifier: Qualifier): number | null {
  const exact = parts.findIndex((part) => isSame(part, qualifier));
  if (exact >= 0) return exact;
  // One heading says FP16 where the other says mixed precision.
  const rank = precisionRank(qualifier.precision);
  const alike = parts.findIndex((part) => rank !== null && precisionRank(part.precision) === rank);
  if (alike >= 0 && role === 'dimension') return alike;
  return parts.length === 1 && (role === 'dimension' || parts[0]!.precision === null) ? 0 : null;
}
