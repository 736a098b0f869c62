import { precisionRank } from '../../table/results/index.ts';
import { rangeOf, show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { type DerivedColumn, derivedColumns } from '../quotients/derived.ts';
import type { CheckCell, CheckColumn, Finding, Rule, Sheet } from '../types.ts';

/** A whole column that fits its neighbour's heading, and not its own. */
export const swappedHeadings: Rule = {
  name: 'swapped-headings',
  severity: 'implausible',
  about: 'headings whose numbers fit the other column',
  check: (sheets) => sheets.flatMap((sheet) => [...byQuotients(sheet), ...bySpeed(sheet)]),
};

/** Scalings and speed-ups that are the exact quotients of another column than the heading names. */
function byQuotients(sheet: Sheet): Finding[] {
  const swapped = derivedColumns(sheet).filter(({ state }) => state === 'other');
  const partners = new Map<DerivedColumn, DerivedColumn>();
  for (const one of swapped) {
    const partner = swapped.find(
      (other) => other !== one && other.column.quantity === one.column.quantity && !partners.has(other),
    );
    if (partner !== undefined && !partners.has(one)) partners.set(partner, one);
  }
  return swapped
    .filter((one) => !partners.has(one))
    .map((one) => {
      const second = [...partners].find(([, first]) => first === one)?.[0];
      return describe(one, second);
    });
}

function describe(
  { column, candidate, entries }: DerivedColumn,
  partner: DerivedColumn | undefined,
): Finding {
  const telling = entries.filter(({ derivation }) => !derivation.trivial);
  const [{ cell, derivation }] = [telling.find(({ fits }) => fits)!];
  const of = candidate.from.map(({ name }) => `"${name}"`).join(' and ');
  const count = telling.filter(({ fits }) => fits).length;
  const text = `${cell.text} under "${column.name}" is ${derivation.words}, the quotient of ${of}; so in ${count} of ${telling.length} rows`;
  const expected =
    partner === undefined
      ? `the heading of ${of}`
      : `"${column.name}" and "${partner.column.name}" the other way round`;
  const others = [
    ...derivation.operands,
    ...(partner === undefined
      ? []
      : [partner.entries.find((entry) => entry.cell.line === cell.line)?.cell ?? null]),
  ];
  return makeFinding(swappedHeadings, [cell, ...others.filter((one) => one !== null)], text, expected);
}

/** So much slower must the precision be that should be faster, before its heading is doubted. */
const clearlySlower = 1.1;

/**
 * The column of the faster precision holds the smaller throughputs in every row. On a CPU it may: kernels for it can be
 * missing. And a speed-up below 1 that is stated beside them is no slip of headings.
 */
function bySpeed(sheet: Sheet): Finding[] {
  const isCpu = sheet.columns.some(({ quantity }) => quantity === 'threads');
  if (
    isCpu ||
    derivedColumns(sheet).some(({ state, column }) => state === 'fits' && column.quantity === 'speed-up')
  )
    return [];
  const columns = sheet.columns.filter(
    ({ role, quantity }) => role === 'measure' && quantity === 'throughput',
  );
  return columns.flatMap((fast, index) =>
    columns.flatMap((slow, other) => {
      const ranks = [precisionRank(fast.precision), precisionRank(slow.precision)] as const;
      if (index === other || fast.statistic !== slow.statistic || fast.label !== slow.label) return [];
      if (ranks[0] === null || ranks[1] === null || ranks[0] >= ranks[1]) return [];
      const rows = sheet.rows.flatMap(({ cells }) => rowOf(cells, fast, slow));
      const slower = rows.filter(([a, b]) => rangeOf(a).high * clearlySlower < rangeOf(b).low);
      if (rows.length === 0 || slower.length < rows.length) return [];
      const [a, b] = slower[0]!;
      const text = `"${fast.name}" ${a.text} < "${slow.name}" ${b.text}: the cheaper arithmetic would be ${show(b.value / a.value)} times as slow, so in ${slower.length} of ${rows.length} rows`;
      return [
        makeFinding(swappedHeadings, [a, b], text, `"${fast.name}" and "${slow.name}" the other way round`),
      ];
    }),
  );
}

function rowOf(cells: readonly CheckCell[], a: CheckColumn, b: CheckColumn): [CheckCell, CheckCell][] {
  const [first, second] = [a, b].map((column) => cells.find((cell) => cell.column === column));
  return first === undefined || second === undefined ? [] : [[first, second]];
}
