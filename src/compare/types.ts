import type { Interval } from '../stats/index.ts';

/** What is known of the latency of one cell on one side. */
export type Measurement =
  | {
      readonly state: 'sampled';
      /** Median latency of each counted visit, in the order they were made. */
      readonly visitMs: readonly number[];
      /** So many visits were made whatever they showed; further ones only until they agreed. */
      readonly firstVisits: number;
      /** Median over all runs. */
      readonly medianMs: number;
      /** What disturbed it, a sentence each; none: it is trusted. */
      readonly disturbances: readonly string[];
    }
  | {
      /** Published, without samples. */
      readonly state: 'average';
      readonly latencyMs: number;
      readonly minMs: number | null;
      readonly maxMs: number | null;
    }
  | { readonly state: 'failed'; readonly message: string };

/** One cell of one side. */
export interface SideCell {
  /** Everything that defines it beside threads and batch, by column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly batch: number;
  readonly measurement: Measurement;
  /** Hash of the model's content and number of the measuring method; null where they are not known. */
  readonly modelHash: string | null;
  readonly method: string | null;
  /** Where it stands: a point's address, a line of a file. */
  readonly source: string;
  /** The runs that it rests on, a name for each visit or for its line of a file; cells that share one are no two measurements. */
  readonly runs: readonly string[];
}

/** Why a cell can't be compared. */
export type Obstacle =
  | 'only in A'
  | 'only in B'
  | 'failed in A'
  | 'failed in B'
  | 'failed in both'
  | 'same runs'
  | 'other model'
  | 'other method'
  | 'disturbed'
  | 'averages only'
  | 'one visit';

/** `no difference`: none was shown, which is not that there is none. */
export type CellVerdict = 'faster' | 'slower' | 'no difference' | 'not comparable';

/** One cell of A against the same of B. */
export interface ComparedCell {
  /** What both have in common, by column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly batch: number;
  /** Geometric mean of the visits' medians (of an imported table: its latency) in ms; null where there is none. */
  readonly a: number | null;
  readonly b: number | null;
  /** Visits that these rest on; null where they are not known. */
  readonly visitsA: number | null;
  readonly visitsB: number | null;
  /** b / a: above 1, B is slower; null where one of them is. */
  readonly ratio: number | null;
  /** Holds for all cells at once with the grid's confidence; null where nothing is known of how sure the ratio is. */
  readonly interval: Interval | null;
  readonly verdict: CellVerdict;
  readonly obstacle: Obstacle | null;
  /** A sentence on the obstacle; null without one. */
  readonly because: string | null;
  /** Shown to be slower by more than the threshold, or measured in A and failed in B. */
  readonly regression: boolean;
  /** The whole interval lies within the threshold, either way. */
  readonly within: boolean;
}

/** What is asked of a comparison. */
export interface CompareOptions {
  /** Slower by more than this share is a regression. */
  readonly threshold: number;
  /** Chance that any of the intervals, of the cells and of their mean, misses its ratio. */
  readonly alpha: number;
  /** Whether cells that something disturbed are judged all the same. */
  readonly judgeDisturbed: boolean;
}

/** All cells, and what they say together. */
export interface GridComparison {
  readonly cells: readonly ComparedCell[];
  /** Cells with an interval: so many were looked at. */
  readonly compared: number;
  readonly counts: Readonly<Record<CellVerdict, number>>;
  /** Why cells could not be compared, and how many. */
  readonly obstacles: Readonly<Partial<Record<Obstacle, number>>>;
  readonly regressions: number;
  /** Geometric mean of the ratios of the compared cells, or of all of other runs that have one where none was compared; null without any. */
  readonly geometricMean: number | null;
  /** Holds at once with those of the cells; null where fewer than two cells were compared. */
  readonly geometricInterval: Interval | null;
  readonly verdict: GridVerdict;
}

/**
 * `mixed`: some cells are faster and others slower. `not comparable`: no cell has a verdict.
 */
export type GridVerdict = 'faster' | 'slower' | 'mixed' | 'no difference' | 'not comparable';
