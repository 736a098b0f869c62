import type { Quantity, Statistic, SummaryKind, TableFacts } from '../table/results/index.ts';

/** What a number stands under, of published tables and of our own alike. */
export interface CheckColumn {
  /** The heading as printed. */
  readonly name: string;
  readonly role: 'dimension' | 'measure' | 'seed';
  readonly quantity: Quantity;
  /** Where the heading names none: `average` of a measure, null otherwise. */
  readonly statistic: Statistic | null;
  /** What else the heading says: the numbers below it belong to that only. */
  readonly precision: string | null;
  readonly label: string;
  /** What a speed-up is from and to, where the heading says it. */
  readonly ratio: { readonly from: string; readonly to: string } | null;
  /** False: the heading has no unit, so a factor between units can't be told from an error. */
  readonly hasUnit: boolean;
  /** What its numbers are counted by: `device` of `Batch per GPU`, `watt`; absent: nothing. */
  readonly per?: string;
  /** Its numbers are printed in percent. */
  readonly isPercent?: true;
  /** False: a few slow runs move it, so neighbours promise nothing of it. */
  readonly isSteady?: false;
}

/** A number with where it stands. */
export interface CheckCell {
  readonly table: string;
  /** Line of the file, from 1; null: a stored point, which `place` tells. */
  readonly line: number | null;
  /** Threads, batch and what else parts a stored point from the others. */
  readonly place?: string;
  readonly column: CheckColumn;
  /** As printed. */
  readonly text: string;
  /** In the quantity's unit: ms, items/s, hours, shares; else as printed. */
  readonly value: number;
  /** Half of the last printed digit, in that unit: the true number lies within value ± half. */
  readonly half: number;
  /** 95 % interval of a measured number, where it is known. */
  readonly interval?: readonly [number, number];
}

/** One row: what was set, and all its numbers (dimensions among them). */
export interface CheckRow {
  readonly line: number | null;
  /** Dimensions that hold for the whole row, by name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly cells: readonly CheckCell[];
  /** Why a measured row isn't trusted, a sentence each. */
  readonly doubts?: readonly string[];
}

/** A row that says what others are on average, or altogether. */
export interface CheckSummary {
  readonly of: SummaryKind;
  readonly row: CheckRow;
  readonly about: readonly CheckRow[];
}

/** A table as rules see it. */
export interface Sheet {
  readonly name: string;
  readonly columns: readonly CheckColumn[];
  readonly rows: readonly CheckRow[];
  /** Rows below the others that keep no arithmetic but their own; absent: none. */
  readonly summaries?: readonly CheckSummary[];
  readonly facts: TableFacts;
}

/** `impossible`: arithmetic that must hold doesn't; `implausible`: it could be, and hardly is; `note`: worth a look, no finding. */
export type Severity = 'impossible' | 'implausible' | 'note';

/** Where a finding points. */
export interface FoundCell {
  readonly table: string;
  /** Line of the file; null of a stored point. */
  readonly line: number | null;
  /** Of a stored point: threads, batch and what else parts it from the others; null of a file's cell. */
  readonly place: string | null;
  readonly column: string;
  readonly value: string;
}

/** Something that can't be, or hardly can. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** The one to blame first, where the arithmetic tells; then those it was judged by. */
  readonly cells: readonly [FoundCell, ...FoundCell[]];
  /** The arithmetic with its numbers. */
  readonly text: string;
  /** What would fit in the first cell; null: can't be told. */
  readonly expected: string | null;
  /** So many cells of the table are like the first one. */
  readonly count: number;
}

/** One way in which tables go wrong. */
export interface Rule {
  readonly name: string;
  readonly severity: Exclude<Severity, 'note'>;
  /** One sentence: what is found. */
  readonly about: string;
  /** @param sheets All tables that are checked together. */
  readonly check: (sheets: readonly Sheet[]) => Finding[];
}
