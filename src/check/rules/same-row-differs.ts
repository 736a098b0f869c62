import { overlap, rangeOf } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import type { CheckCell, CheckRow, Finding, Rule, Sheet } from '../types.ts';

/** One run that two tables tell of, such as the 16 devices of one table that are the one node of the next. */
export const sameRowDiffers: Rule = {
  name: 'same-row-differs',
  severity: 'implausible',
  about: 'the same run in two tables with different numbers',
  check: (sheets) => sheets.flatMap((a, index) => sheets.slice(index + 1).flatMap((b) => compare(a, b))),
};

/** Two rows of numbers that both tables have columns for. */
interface RowPair {
  readonly a: CheckRow;
  readonly b: CheckRow;
  readonly equal: readonly [CheckCell, CheckCell][];
  readonly unequal: readonly [CheckCell, CheckCell][];
}

const counted = new Set(['latency', 'throughput', 'time-to-train']);
const digitsOf = (text: string): number => text.replace(/^[^1-9]*/, '').replaceAll(/\D/g, '').length;

function compare(a: Sheet, b: Sheet): Finding[] {
  const others = Map.groupBy(
    b.rows.flatMap((row) => row.cells.filter(isTelling).map((cell) => ({ row, cell }))),
    ({ cell }) => keyOf(cell),
  );
  const pairs = a.rows.flatMap((row) => {
    const alike = row.cells.filter(isTelling).flatMap((cell) =>
      nearKeys(cell)
        .flatMap((key) => others.get(key) ?? [])
        .filter((one) => isEqual(cell, one.cell)),
    );
    return [...new Set(alike.map((one) => one.row))].map((other) => pairOf(row, other));
  });
  // What all cells agree on in one row is the same run; how its settings are written tells which other rows are.
  const links = pairs
    .filter(({ equal, unequal }) => equal.length >= 2 && unequal.length === 0)
    .map(translation);
  return pairs
    .filter(({ unequal }) => unequal.length >= 1)
    .filter((pair) => links.includes(translation(pair)))
    .map(describe);
}

const isTelling = ({ column, text }: CheckCell): boolean =>
  column.role === 'measure' && counted.has(column.quantity) && digitsOf(text) >= 4;

const headOf = ({ column: { quantity, statistic, precision, label } }: CheckCell): string =>
  [quantity, statistic, precision, label].join('|');
/** Equal but for rounding: tables print different numbers of digits. */
const isEqual = (a: CheckCell, b: CheckCell): boolean => overlap(rangeOf(a), rangeOf(b));

/** Numbers within 0.2 % of each other share a key, or have neighbouring ones. */
const bucketOf = ({ value }: CheckCell): number => Math.round(500 * Math.log(value));
const keyOf = (cell: CheckCell): string => `${headOf(cell)}|${bucketOf(cell)}`;
const nearKeys = (cell: CheckCell): string[] =>
  [-1, 0, 1].map((step) => `${headOf(cell)}|${bucketOf(cell) + step}`);

function pairOf(a: CheckRow, b: CheckRow): RowPair {
  const cells = a.cells.filter(isTelling).flatMap((cell): [CheckCell, CheckCell][] => {
    const other = b.cells.find((one) => isTelling(one) && headOf(one) === headOf(cell));
    return other === undefined ? [] : [[cell, other]];
  });
  return {
    ...{ a, b },
    equal: cells.filter(([one, other]) => isEqual(one, other)),
    unequal: cells.filter(([one, other]) => !isEqual(one, other)),
  };
}

/** Settings that the two tables write in different ways, such as `devices 16` and `nodes 1`; those that agree say nothing. */
function translation({ a, b }: RowPair): string {
  const names = [...new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])].sort();
  return JSON.stringify(
    names.map((name) =>
      a.settings[name] === b.settings[name] ? name : [name, a.settings[name], b.settings[name]],
    ),
  );
}

function describe({ equal, unequal }: RowPair): Finding {
  const [first, second] = unequal[0]!;
  const [same] = equal[0]!;
  const text = `${first.text} in ${first.table}, ${second.text} in ${second.table}, line ${second.line}, though both rows tell of one run: both have ${equal.map(([cell]) => `${cell.text} for "${cell.column.name}"`).join(', ')}`;
  return makeFinding(
    sameRowDiffers,
    [first, second, same],
    text,
    `${second.text}, or ${first.text} in the other table`,
  );
}
