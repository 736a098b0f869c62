import { show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { type DerivedColumn, derivedColumns } from '../quotients/derived.ts';
import { type SlowerPrecision, slowerPrecisions } from '../slower-precisions.ts';
import type { Finding, Rule, Sheet } from '../types.ts';

/** A whole column that fits its neighbour's heading, and not its own. */
export const swappedHeadings: Rule = {
  name: 'swapped-headings',
  severity: 'implausible',
  about: 'headings whose numbers fit the other column',
  check: (sheets) =>
    sheets.flatMap((sheet) => [
      ...byQuotients(sheet),
      ...byDirection(sheet),
      ...slowerPrecisions(sheet).map(describeSlower),
    ]),
};

function describeSlower({ fast, slow, a, b, factor, of }: SlowerPrecision): Finding {
  const what = fast.quantity === 'memory' ? 'need' : 'be';
  const much = fast.quantity === 'memory' ? 'times as much' : 'times as slow';
  const sign = a.value < b.value ? '<' : '>';
  const text = `"${fast.name}" ${a.text} ${sign} "${slow.name}" ${b.text}: the cheaper arithmetic would ${what} ${show(factor)} ${much}, so in ${of} of ${of} rows`;
  return makeFinding(swappedHeadings, [a, b], text, `"${fast.name}" and "${slow.name}" the other way round`);
}

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

/** Words for what is improved upon. */
const base = /\b(?:before|baseline|original|old|reference|vanilla|default|unoptimi[sz]ed)\b/;

/** Speed-ups that are the quotient of two columns, from the improved one to the one it improves upon. */
function byDirection(sheet: Sheet): Finding[] {
  return derivedColumns(sheet).flatMap(({ column, state, candidate, entries }) => {
    const [from, to] = candidate.from;
    const isUpward = entries.every(({ cell }) => cell.value > (column.isPercent === true ? 0 : 1));
    if (state !== 'fits' || column.ratio !== null || from === undefined || to === undefined) return [];
    if (!isUpward || !base.test(to.label) || base.test(from.label) || entries.length < 3) return [];
    const { cell, derivation } = entries.find(({ fits }) => fits)!;
    const text = `${cell.text} under "${column.name}" is ${derivation.words}: from "${from.name}" to "${to.name}"; so in ${entries.filter(({ fits }) => fits).length} of ${entries.length} rows`;
    return [
      makeFinding(
        swappedHeadings,
        [cell, ...derivation.operands],
        text,
        `"${from.name}" and "${to.name}" the other way round`,
      ),
    ];
  });
}
