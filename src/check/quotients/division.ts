import type { Quantity } from '../../table/results/index.ts';
import { exactly, product, quotient, type Range, rangeOf } from '../arithmetic.ts';
import type { CheckCell, CheckColumn, CheckRow } from '../types.ts';
import { asPrinted, type Form } from './forms.ts';

/** A number that a derived column could hold in a row, and what it comes from. */
export interface Derivation {
  readonly expected: Range;
  /** Numerator first. */
  readonly operands: readonly CheckCell[];
  /** Whether it holds whatever was measured: a base row over itself. */
  readonly trivial: boolean;
  /** The number that one operand must have for the derived cell to be right. */
  readonly implied: (operand: CheckCell, derived: Range) => Range;
  /** The arithmetic in words, such as `97.28 / 29.74`. */
  readonly words: string;
}

/** One way in which a derived column may come from others: by row, null where it can't be computed. */
export interface Candidate {
  /** Whether it is what the heading says. */
  readonly conforms: boolean;
  /** Whether the heading leaves no other choice. */
  readonly named: boolean;
  /** The columns it is made of. */
  readonly from: readonly CheckColumn[];
  readonly at: (row: CheckRow) => Derivation | null;
}

/** Quantities of which more is faster. */
export const rates: ReadonlySet<Quantity> = new Set(['throughput']);
/** How a quotient becomes what is printed. */
interface Division {
  readonly factor?: number;
  readonly form?: Form;
  /** A row over itself. */
  readonly trivial?: boolean;
}

/** The quotient of two cells, as a column of quotients would have it. */
export function divide(
  top: CheckCell,
  bottom: CheckCell,
  { factor = 1, form = asPrinted, trivial = false }: Division,
): Derivation {
  const times = factor === 1 ? '' : ` × ${Number(factor.toPrecision(4))}`;
  const by = exactly(factor);
  return {
    expected: form.print(trivial ? by : product(quotient(rangeOf(top), rangeOf(bottom)), by)),
    operands: trivial ? [top] : [top, bottom],
    trivial,
    implied: (operand, printed) => {
      const value = form.read(printed);
      return operand === top
        ? quotient(product(value, rangeOf(bottom)), by)
        : quotient(product(rangeOf(top), by), value);
    },
    words: form.words(`${top.text} / ${bottom.text}${times}`, `${bottom.text} / ${top.text}`),
  };
}
