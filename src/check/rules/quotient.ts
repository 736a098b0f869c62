import { intersection, type Range, rangeOf, show, showLike } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { type DerivedColumn, derivedColumns, type Entry } from '../quotients/derived.ts';
import { type OutOfProportion, outOfProportion } from '../quotients/proportional.ts';
import type { CheckCell, Finding, Rule } from '../types.ts';

/** A speed-up is one throughput over another, a scaling a row's over the first row's, whatever rounding took. */
export const quotientRule: Rule = {
  name: 'quotient',
  severity: 'impossible',
  about: 'a speed-up, scaling or efficiency that is not the quotient of its rows or columns',
  check: (sheets) =>
    sheets.flatMap((sheet) => {
      const columns = derivedColumns(sheet).filter(({ state }) => state !== 'other');
      return [...findingsOf(columns), ...outOfProportion(sheet).map(blameProportion)];
    }),
};

/** What other rows keep need not hold; it hardly fails to in one. */
function blameProportion(one: OutOfProportion): Finding {
  const { cell, operands, expected, words, factor, kept, of } = one;
  const times = Math.abs(factor - 1) < 0.001 ? '' : ` × ${show(factor)}`;
  const text = `${words}${times} is ${show(middle(expected))} here, not ${cell.text}; it holds in ${kept} of ${of} rows`;
  return makeFinding(
    { ...quotientRule, severity: 'implausible' },
    [cell, ...operands],
    text,
    showLike(middle(expected), cell),
  );
}

/** Several quotients that are wrong by one operand are one finding: the operand's. */
function findingsOf(columns: readonly DerivedColumn[]): Finding[] {
  const entries = columns.flatMap((column) => column.entries);
  let failing = entries.filter(({ fits }) => !fits);
  const findings: Finding[] = [];
  for (;;) {
    const blamed = mostBlamed(entries, failing);
    if (blamed === null) break;
    findings.push(blameOperand(blamed));
    failing = failing.filter((entry) => !blamed.entries.includes(entry));
  }
  return [...findings, ...failing.map(blameQuotient)];
}

interface Blamed {
  readonly operand: CheckCell;
  readonly entries: readonly Entry[];
  /** What the operand must be for all of them. */
  readonly implied: Range;
}

function mostBlamed(all: readonly Entry[], failing: readonly Entry[]): Blamed | null {
  const operands = new Set(failing.flatMap(({ derivation }) => derivation.operands));
  const blamed = [...operands].flatMap((operand): Blamed[] => {
    const uses = (entry: Entry): boolean =>
      !entry.derivation.trivial && entry.derivation.operands.includes(operand);
    const entries = failing.filter(uses);
    // One operand can't be wrong where it gives right quotients, too.
    if (entries.length < 2 || entries.length < all.filter(uses).length) return [];
    const implied = entries
      .map(({ cell, derivation }) => derivation.implied(operand, rangeOf(cell)))
      .reduce<Range | null>((common, range) => (common === null ? null : intersection(common, range)), {
        low: 0,
        high: Number.POSITIVE_INFINITY,
      });
    return implied === null ? [] : [{ operand, entries, implied }];
  });
  return blamed.sort((a, b) => b.entries.length - a.entries.length)[0] ?? null;
}

function blameOperand({ operand, entries, implied }: Blamed): Finding {
  const wrong = entries.map(
    ({ cell, derivation }) =>
      `${derivation.words} = ${showShare(derivation.expected, cell)}, not ${cell.text}`,
  );
  const text = `${wrong.slice(0, 3).join('; ')}${wrong.length > 3 ? `; and ${wrong.length - 3} more` : ''}: all are right with ${showLike(middle(implied), operand)} for ${operand.text}`;
  const others = [...new Set(entries.flatMap(({ cell, derivation }) => [cell, ...derivation.operands]))];
  return makeFinding(
    quotientRule,
    [operand, ...others.filter((cell) => cell !== operand)],
    text,
    showLike(middle(implied), operand),
  );
}

function blameQuotient({ cell, derivation }: Entry): Finding {
  const expected = showLike(middle(derivation.expected), cell);
  const text = derivation.trivial
    ? `the first row over itself is ${showShare(derivation.expected, cell)}, not ${cell.text}`
    : `${derivation.words} = ${showShare(derivation.expected, cell)}, not ${cell.text}`;
  return makeFinding(quotientRule, [cell, ...derivation.operands], text, expected);
}

/** As the cell has it: in percent, or as a factor. */
const showShare = (range: Range, { text, value }: CheckCell): string => {
  const isPercent = Math.abs((value * 100) / Number.parseFloat(text) - 1) < 1e-6;
  return isPercent ? `${show(middle(range) * 100)} %` : show(middle(range));
};

const middle = ({ low, high }: Range): number => (low + high) / 2;
