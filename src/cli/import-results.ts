import { formatPlural } from '../report/format.ts';
import type { Storing } from '../store/index.ts';
import { canonicalUnit, type ResultColumn, type ResultTable } from '../table/index.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A column as it was recognised: an element of `columns` in the JSON. */
interface RecognisedColumn {
  readonly name: string;
  readonly role: ResultColumn['role'];
  readonly quantity: ResultColumn['quantity'];
  readonly statistic: ResultColumn['statistic'];
  readonly unit: string | null;
  /** What its numbers belong to, in their order in a cell. */
  readonly of: readonly string[];
}

/** A file of results: an element of `tables` in the JSON. */
export interface ImportedResults {
  readonly kind: 'results';
  readonly name: string;
  readonly file: string;
  readonly state: Storing | 'checked';
  readonly rows: number;
  readonly numbers: number;
  readonly separators: number;
  readonly notices: readonly string[];
  readonly columns: readonly RecognisedColumn[];
}

/** What a table of results holds, without its cells. */
export function summariseResults(
  table: ResultTable,
  name: string,
  state: ImportedResults['state'],
): ImportedResults {
  return {
    ...{ kind: 'results', name, file: table.name, state, rows: table.rows.length, numbers: numbersOf(table) },
    ...{ separators: table.separators, notices: table.notices },
    columns: table.columns.map(recognised),
  };
}

/** So many numbers were measured. */
export function numbersOf({ columns, rows }: ResultTable): number {
  const isMeasured = columns.map(({ role }) => role === 'measure' || role === 'seed');
  return rows
    .flatMap(({ cells }) => cells.filter((_, index) => isMeasured[index]))
    .reduce((sum, { numbers }) => sum + numbers.filter((number) => number !== null).length, 0);
}

function recognised(column: ResultColumn): RecognisedColumn {
  const { name, role, quantity, statistic, parts, ratio } = column;
  const words = ({ precision, label }: (typeof parts)[number]): string =>
    [precision ?? '', label].join(' ').trim();
  const whose =
    role === 'dimension' && parts.length === 1 ? [] : parts.map(words).filter((word) => word !== '');
  return {
    ...{ name, role, quantity, statistic, unit: canonicalUnit(column) },
    of: ratio === null ? whose : [`${words(ratio.from)} to ${words(ratio.to)}`],
  };
}

/** Column by column what was recognised, for a terminal. */
export function describeResults(
  { name, file, state, rows, columns }: ImportedResults,
  terminal: Terminal,
): string {
  const width = Math.min(...[48, Math.max(...columns.map((column) => column.name.length))]);
  return [
    `${terminal.bold(name)}: ${formatPlural(rows, 'row')} of results, ${state}, from ${file}`,
    formatTable(
      columns,
      [
        { title: 'column', value: (column) => shorten(column.name, width) },
        { title: 'is', value: ({ role }) => role },
        { title: 'quantity', value: ({ quantity }) => quantity },
        { title: 'statistic', value: ({ statistic }) => statistic ?? '–' },
        { title: 'unit', value: ({ unit }) => unit ?? '–' },
        { title: 'of', value: ({ of }) => (of.length === 0 ? '–' : of.join(', ')) },
      ],
      terminal.width,
    ),
  ].join('\n');
}

const shorten = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;
