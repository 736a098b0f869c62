import { rangeOf, show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { baseRows, scaled } from '../quotients/base-rows.ts';
import { dimensionAt, isIdeal } from '../sheet.ts';
import type { CheckCell, CheckColumn, CheckRow, Finding, Rule, Sheet } from '../types.ts';

/** n times the devices, nodes or threads do not give more than n times the speed. */
export const moreThanLinear: Rule = {
  name: 'more-than-linear',
  severity: 'implausible',
  about: 'more than n times the speed on n times the devices, nodes or threads',
  check: (sheets) => sheets.flatMap(checkSheet),
};

/** Excess of published scalings that their own noise explains; below it a note is made. */
const publishedExcess = 0.01;
/** Of single measured cells, whose first row may be disturbed as well, and whose caches grow with the cores. */
const measuredExcess = 0.1;

const scalings = new Set(['weak-scaling', 'strong-scaling', 'scaling', 'efficiency']);

function checkSheet(sheet: Sheet): Finding[] {
  const findings = scaled.flatMap((dimension) => {
    const bases = baseRows(sheet, dimension);
    if (bases === null) return [];
    const columns = sheet.columns.filter(
      (column) =>
        column.role === 'measure' &&
        column.isSteady !== false &&
        !isIdeal(column) &&
        ['average', 'p50'].includes(column.statistic ?? ''),
    );
    const printed = columns.filter(({ quantity }) => scalings.has(quantity));
    if (printed.length > 0) return printed.flatMap((column) => ofScalings(sheet, dimension, bases, column));
    return measuredColumns(columns).flatMap((column) => ofSpeeds(sheet, dimension, bases, column));
  });
  // Nodes and the devices in them are one step.
  const keyOf = ({ cells: [{ line, place, column }] }: Finding): string => [line, place, column].join('|');
  return [
    ...new Map(findings.toReversed().map((finding) => [keyOf(finding), finding])).values(),
  ].toReversed();
}

/** Of throughput and latency of the same runs, one is enough; so of average and median. */
function measuredColumns(columns: readonly CheckColumn[]): readonly CheckColumn[] {
  const throughput = columns.filter(({ quantity }) => quantity === 'throughput');
  if (throughput.length > 0) return throughput;
  const latency = columns.filter(({ quantity }) => quantity === 'latency');
  if (latency.length === 0) return columns.filter(({ quantity }) => quantity === 'time-to-train');
  const averages = latency.filter(({ statistic }) => statistic === 'average');
  return averages.length > 0 ? averages : latency;
}

type Bases = ReadonlyMap<CheckRow, CheckRow>;

const stepOf = (row: CheckRow, base: CheckRow, dimension: string): number =>
  Number(row.settings[dimension]) / Number(base.settings[dimension]);

function ofScalings(sheet: Sheet, dimension: string, bases: Bases, column: CheckColumn): Finding[] {
  return sheet.rows.flatMap((row) => {
    const base = bases.get(row);
    const cell = row.cells.find((one) => one.column === column);
    if (base === undefined || cell === undefined || row === base) return [];
    // An efficiency is a scaling over its step already.
    const step = column.quantity === 'efficiency' ? 1 : stepOf(row, base, dimension);
    if (rangeOf(cell).low <= step * (1 + 1e-9)) return [];
    const excess = cell.value / step - 1;
    const text = `${cell.text} > ${show(step)}: ${(excess * 100).toFixed(1)} % more than linear from ${show(Number(base.settings[dimension]))} to ${show(Number(row.settings[dimension]))} ${dimension}`;
    const severity = excess > publishedExcess ? 'implausible' : 'note';
    const small = severity === 'note' ? `${text}; hardly more than noise` : text;
    return [makeFinding({ ...moreThanLinear, severity }, [cell], small, `at most ${show(step)}`)];
  });
}

function ofSpeeds(sheet: Sheet, dimension: string, bases: Bases, column: CheckColumn): Finding[] {
  return sheet.rows.flatMap((row) => {
    const base = bases.get(row);
    const [cell, first] = [row, base].map((one) => one?.cells.find((other) => other.column === column));
    if (base === undefined || cell === undefined || first === undefined || row === base) return [];
    const step = stepOf(row, base, dimension);
    if (hasMoreWork(row, base, step, column)) return [];
    const [top, bottom] = column.quantity === 'throughput' ? [cell, first] : [first, cell];
    // The least speed-up that intervals and rounding leave.
    const least = lowOf(top) / highOf(bottom);
    const allowed = dimension === 'threads' ? measuredExcess : publishedExcess;
    if (least <= step * (1 + allowed)) return [];
    const text = `${top.text} / ${bottom.text} = ${show(top.value / bottom.value)} from ${show(Number(base.settings[dimension]))} to ${show(Number(row.settings[dimension]))} ${dimension}, more than ${show(step)}`;
    return [makeFinding(moreThanLinear, [cell, first], text, null)];
  });
}

const lowOf = (cell: CheckCell): number => Math.min(cell.interval?.[0] ?? cell.value, rangeOf(cell).low);
const highOf = (cell: CheckCell): number => Math.max(cell.interval?.[1] ?? cell.value, rangeOf(cell).high);

/** Larger batches are faster by themselves, unless it is all devices' batch that grows with them. */
function hasMoreWork(row: CheckRow, base: CheckRow, step: number, of: CheckColumn): boolean {
  const [batch, first] = [row, base].map((one) => dimensionAt(one, 'batch', of));
  const ratio = (batch?.value ?? 1) / (first?.value ?? 1);
  return ratio > 1 && (batch?.column.per !== undefined || Math.abs(ratio / step - 1) > 1e-9);
}
