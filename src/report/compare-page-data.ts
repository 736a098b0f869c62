import type { EnvironmentRow, GridComparison } from '../compare/index.ts';

/** What a side is called, and where it is from. */
export interface ComparedSide {
  /** Short: what tells it from the other one, such as `jemalloc`. */
  readonly label: string;
  /** As it was given. */
  readonly text: string;
  readonly kind: 'project' | 'bundle' | 'table';
  readonly cells: number;
  /** Points left out because the same was measured again later, with other contents of the model or another method. */
  readonly older: number;
}

/** Everything that the page of a comparison shows, and its JSON. */
export interface ComparePageData {
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly command: string;
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  /** Columns that were allowed to differ. */
  readonly varied: readonly string[];
  /** Columns that only one side has. */
  readonly unmatched: readonly string[];
  /** Cells of settings that the other side has no cell of, left out where one source's settings are compared. */
  readonly elsewhere: { readonly a: number; readonly b: number };
  readonly environment: readonly EnvironmentRow[];
  /** Slower by more than this share is a regression. */
  readonly threshold: number;
  /** Chance that any of the intervals misses. */
  readonly alpha: number;
  readonly comparison: GridComparison;
}
