import type { ComparedCell } from '../compare/index.ts';
import type { ComparePageData } from './compare-page-data.ts';
import { csvField, type Field } from './csv.ts';

const measures: readonly (readonly [string, (cell: ComparedCell) => Field])[] = [
  ['threads', ({ threads }) => threads],
  ['batch', ({ batch }) => batch],
  ['a_ms', ({ a }) => a],
  ['b_ms', ({ b }) => b],
  ['ratio', ({ ratio }) => ratio],
  ['ratio_low', ({ interval }) => interval?.[0] ?? null],
  ['ratio_high', ({ interval }) => interval?.[1] ?? null],
  ['visits_a', ({ visitsA }) => visitsA],
  ['visits_b', ({ visitsB }) => visitsB],
  ['verdict', ({ verdict }) => verdict],
  ['obstacle', ({ obstacle }) => obstacle],
  ['regression', ({ regression }) => regression],
  ['because', ({ because }) => because],
];

/** A row per cell, as RFC 4180 has it: what both sides have in common, then the measures, unrounded. */
export function compareCsv({ comparison }: ComparePageData): string {
  const columns = Object.keys(comparison.cells[0]?.columns ?? {});
  const rows = comparison.cells.map((cell): Field[] => [
    ...columns.map((column) => cell.columns[column] ?? ''),
    ...measures.map(([, fieldOf]) => fieldOf(cell)),
  ]);
  return [[...columns, ...measures.map(([name]) => name)], ...rows]
    .map((row) => `${row.map(csvField).join(',')}\r\n`)
    .join('');
}
