import type { ComparedCell, EnvironmentRow } from '../compare/index.ts';
import { seriesOfCells } from '../report/compare-figures.ts';
import { quotientFormat } from '../report/compare-words.ts';
import { formatInterval, formatMs } from '../report/format.ts';
import { type ComparePageData, cellName, compareFindings, compareHeadline } from '../report/index.ts';
import { type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** More rows than these belong on the page. */
const mostRows = 40;

/** What differs around it, the verdict, the cells that tell most, and where the page is. */
export function describeComparison(data: ComparePageData, page: string, terminal: Terminal): string {
  const differing = data.environment.filter(({ differs }) => differs);
  return [
    ...(differing.length === 0
      ? ['Nothing that is known of the environment differs.']
      : [environmentTable(differing, terminal)]),
    '',
    terminal.bold(`${compareHeadline(data)}.`),
    ...compareFindings(data),
    '',
    cellTable(data, terminal),
    '',
    `page  ${page}`,
  ].join('\n');
}

function environmentTable(rows: readonly EnvironmentRow[], { width }: Terminal): string {
  const cut = (values: readonly string[]): string => {
    const text = values.join('; ');
    return text.length > 60 ? `${text.slice(0, 59)}…` : text;
  };
  return formatTable(
    rows,
    [
      { title: 'differs', value: ({ name }) => name },
      { title: 'A', value: ({ a }) => cut(a) },
      { title: 'B', value: ({ b }) => cut(b) },
    ],
    width,
  );
}

interface Row {
  readonly cell: ComparedCell;
  readonly series: string;
}

const rank = ({ regression, verdict, ratio }: ComparedCell): number =>
  regression
    ? 0
    : verdict === 'slower'
      ? 1
      : verdict === 'faster'
        ? 2
        : verdict === 'no difference'
          ? 3
          : ratio !== null
            ? 4
            : 5;

function cellTable({ comparison, threshold }: ComparePageData, { width }: Terminal): string {
  const formatOf = quotientFormat(threshold);
  const all: Row[] = seriesOfCells(comparison.cells).flatMap(({ name, cells }) =>
    cells.map((cell) => ({ cell, series: name })),
  );
  const rows =
    all.length <= mostRows ? all : all.toSorted((x, y) => rank(x.cell) - rank(y.cell)).slice(0, mostRows);
  const hasNames = rows.some(({ series }) => series !== '');
  const orDash = (value: number | null, format: (value: number) => string): string =>
    value === null ? '–' : format(value);
  const columns: Column<Row>[] = [
    { title: 'cell', value: ({ cell }) => cellName(cell) },
    { title: 'A', align: 'right', value: ({ cell }) => orDash(cell.a, formatMs) },
    { title: 'B', align: 'right', value: ({ cell }) => orDash(cell.b, formatMs) },
    { title: 'B over A', align: 'right', value: ({ cell }) => orDash(cell.ratio, formatOf) },
    {
      title: 'interval',
      align: 'right',
      value: ({ cell }) => (cell.interval === null ? '–' : formatInterval(cell.interval, formatOf)),
    },
    { title: 'verdict', value: ({ cell }) => verdictText(cell) },
    ...(hasNames ? [{ title: 'series', value: ({ series }: Row) => series }] : []),
  ];
  const table = formatTable(rows, columns, width);
  return rows.length < all.length
    ? `${table}\nand ${all.length - rows.length} more cells on the page`
    : table;
}

function verdictText({ verdict, obstacle, regression }: ComparedCell): string {
  if (obstacle !== null) return obstacle;
  return regression ? `${verdict}, beyond the threshold` : verdict;
}
