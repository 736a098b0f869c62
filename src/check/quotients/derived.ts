import { intersection, overlap, type Range, rangeOf } from '../arithmetic.ts';
import type { CheckCell, CheckColumn, CheckRow, Sheet } from '../types.ts';
import { candidatesOf } from './candidates.ts';
import type { Candidate, Derivation } from './division.ts';

/** A derived cell against what it should come from. */
export interface Entry {
  readonly cell: CheckCell;
  readonly derivation: Derivation;
  readonly fits: boolean;
}

/** How a derived column relates to the others. */
export interface DerivedColumn {
  readonly column: CheckColumn;
  /** `fits`: its heading's arithmetic, but for some cells; `other`: all of another's; `unknown`: none, or can't be told. */
  readonly state: 'fits' | 'other' | 'unknown';
  readonly candidate: Candidate;
  readonly entries: readonly Entry[];
}

const derivedQuantities = new Set(['speed-up', 'weak-scaling', 'strong-scaling', 'scaling', 'efficiency']);

/** Finds for each derived column which arithmetic it follows; columns that nothing here could explain are left out. */
export function derivedColumns(sheet: Sheet): DerivedColumn[] {
  return sheet.columns
    .filter(
      ({ role, quantity, statistic }) =>
        role === 'measure' && derivedQuantities.has(quantity) && statistic === 'average',
    )
    .flatMap((column) => judge(sheet, column) ?? []);
}

function judge(sheet: Sheet, column: CheckColumn): DerivedColumn | null {
  const tried = candidatesOf(sheet, column)
    .map((candidate) => ({ candidate, entries: entriesOf(sheet.rows, column, candidate) }))
    .map((one) => ({ ...one, ...count(one.entries) }))
    .filter(({ of }) => of > 0)
    .sort((a, b) => b.share - a.share || b.of - a.of);
  const own = tried.find(({ candidate }) => candidate.conforms);
  const other = tried.find(({ candidate }) => !candidate.conforms);
  const isOwn =
    own !== undefined &&
    (own.share >= 0.5 || (own.candidate.named && own.share >= 1 / 3) || isOneOperand(own.entries));
  // Where the two columns nearly agree, some rows fit both.
  const ownShare = own?.share ?? 0;
  const isOther =
    other !== undefined &&
    other.share >= 0.8 &&
    other.share > ownShare &&
    (ownShare < 0.5 || other.share === 1);
  if (isOther) {
    const isNamed = own !== undefined || column.precision !== null || column.ratio !== null;
    return isNamed ? { column, state: 'other', ...other } : null;
  }
  if (own === undefined) return null;
  if (own.candidate.named || (isOwn && own.of >= 3))
    return { column, state: isOwn ? 'fits' : 'unknown', ...own };
  return null;
}

function entriesOf(rows: readonly CheckRow[], column: CheckColumn, candidate: Candidate): Entry[] {
  return rows.flatMap((row) => {
    const cell = row.cells.find((one) => one.column === column);
    const derivation = cell === undefined ? null : candidate.at(row);
    if (cell === undefined || derivation === null) return [];
    return [{ cell, derivation, fits: overlap(rangeOf(cell), derivation.expected) }];
  });
}

/** Whether one number that all quotients are made of would mend all that are wrong. */
function isOneOperand(entries: readonly Entry[]): boolean {
  const telling = entries.filter(({ derivation }) => !derivation.trivial);
  // The base itself must be told to be one: else all may be over a number that isn't in the table.
  const bases = entries.filter(({ derivation }) => derivation.trivial);
  if (telling.length < 3 || bases.length === 0 || bases.some(({ fits }) => !fits)) return false;
  return telling[0]!.derivation.operands.some((operand) => {
    if (!telling.every(({ derivation }) => derivation.operands.includes(operand))) return false;
    const implied = telling.map(({ cell, derivation }) => derivation.implied(operand, rangeOf(cell)));
    return (
      implied.reduce<Range | null>((common, range) => common && intersection(common, range), implied[0]!) !==
      null
    );
  });
}

/** A base row over itself tells nothing. */
function count(entries: readonly Entry[]): { readonly share: number; readonly of: number } {
  const telling = entries.filter(({ derivation }) => !derivation.trivial);
  const fitting = telling.filter(({ fits }) => fits);
  return { share: telling.length === 0 ? 0 : fitting.length / telling.length, of: telling.length };
}
