/** One column of a terminal table. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly value: (row: Row) => string;
}

/** Visible width; the characters in use are all one cell wide. */
const widthOf = (text: string): number => [...text].length;

/** Rows under their titles, two spaces apart, no wider than `width` (the last columns fall away). */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string {
  const cells = columns.map((column) => [column.title, ...rows.map((row) => column.value(row))]);
  const widths = cells.map((column) => Math.max(...column.map(widthOf)));
  let kept = 0;
  for (let total = 0; kept < columns.length; kept++) {
    total += widths[kept]! + (kept > 0 ? 2 : 0);
    if (total > width && kept > 0) break;
  }
  return Array.from({ length: rows.length + 1 }, (_, line) =>
    columns
      .slice(0, kept)
      .map((column, index) => {
        const text = cells[index]![line]!;
        const padding = ' '.repeat(widths[index]! - widthOf(text));
        return column.align === 'right' ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd(),
  ).join('\n');
}
