import { median, sortSamples } from '../stats/index.ts';
import { seriesOf } from './series.ts';
import type { InstanceSet, Series, Table } from './types.ts';

/** What a table holds, without its cells. */
export interface TableSummary {
  readonly cells: number;
  readonly repaired: number;
  readonly dropped: number;
  readonly skipped: number;
  readonly notices: readonly string[];
  readonly series: readonly SeriesSummary[];
}

/** What a series holds, without its cells. */
export interface SeriesSummary {
  readonly columns: Readonly<Record<string, string>>;
  readonly cells: number;
  /** Those that occur, ascending; so are `batches`. */
  readonly threads: readonly number[];
  readonly batches: readonly number[];
  readonly sets: readonly InstanceSet[];
  /** Median of the sets' `error`; null: none of them has one. */
  readonly medianError: number | null;
}

/** Counts what a table holds. */
export function summariseTable(table: Table): TableSummary {
  const { repaired, dropped, skipped, notices } = table;
  const series = seriesOf(table).map(summariseSeries);
  const cells = series.reduce((sum, one) => sum + one.cells, 0);
  return { cells, repaired, dropped, skipped, notices, series };
}

function summariseSeries({ columns, cells, sets }: Series): SeriesSummary {
  const errors = sets.map(({ error }) => error).filter((error) => error !== null);
  return {
    columns,
    cells: cells.length,
    threads: distinct(cells.map(({ threads }) => threads)),
    batches: distinct(cells.map(({ batch }) => batch)),
    sets,
    medianError: errors.length === 0 ? null : median(sortSamples(errors)),
  };
}

const distinct = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
