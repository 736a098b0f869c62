import type { Problems } from './problems.ts';
import type { TableRow } from './types.ts';

/** Adds a problem for each row that measures the cell of an earlier one, and for each set that isn't complete. */
export function checkCells(rows: readonly TableRow[], problems: Problems): void {
  const first = new Map<string, TableRow>();
  for (const row of rows) {
    const key = `${experimentOf(row)} ${row.instanceId}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, row);
    else problems.add(row.line, null, describeRepetition(row, earlier));
  }
  for (const experiment of Map.groupBy(first.values(), experimentOf).values()) {
    const together = experiment.filter(({ instanceId }) => instanceId > 0);
    const { instances } = experiment[0]!;
    if (instances !== null && together.length > 0 && together.length !== instances)
      problems.add(
        together[0]!.line,
        'instances',
        `says ${instances}, but ${together.length} of them have a row`,
      );
  }
}

/** Rows of one value ran at the same time. */
function experimentOf({ description, instances, threads, batch }: TableRow): string {
  return JSON.stringify([Object.values(description), instances, threads, batch]);
}

function describeRepetition({ threads, batch, instanceId }: TableRow, earlier: TableRow): string {
  const cell = `${threads} threads at batch ${batch}, instance ${instanceId}`;
  return `measures the same cell as line ${earlier.line} (${cell}) with another result`;
}
