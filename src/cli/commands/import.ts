import { basename } from 'node:path';
import { z } from 'zod';
import { isBundle } from '../../bundle/index.ts';
import { ThinferError } from '../../errors.ts';
import { formatMs, formatPlural, formatTime, formatTuples } from '../../report/format.ts';
import { allTables, removeTable, type Storing, storeTables } from '../../store/index.ts';
import {
  type AnyTable,
  describeSeries,
  filterTable,
  type InstanceSet,
  isResults,
  parseWhere,
  readAnyTable,
  type SeriesSummary,
  summariseTable,
  type TableSummary,
  type Where,
} from '../../table/index.ts';
import { commonSchema, parseFlags } from '../flags.ts';
import { describeImported, importBundle } from '../import-bundle.ts';
import { describeResults, type ImportedResults, numbersOf, summariseResults } from '../import-results.ts';
import { formatTable } from '../table.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

const tableName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,99}$/u,
    'a name is up to 100 letters, digits, spaces and . _ @ + -',
  );

export const importSchema = commonSchema.extend({
  name: tableName.optional(),
  where: z.array(z.string()).default([]),
  dryRun: z.boolean().default(false),
  list: z.boolean().default(false),
  remove: z.string().optional(),
});
type ImportFlags = z.output<typeof importSchema>;

/** One file of latencies: an element of `tables` in the JSON. */
interface ImportedTable extends TableSummary {
  readonly kind: 'latencies';
  readonly name: string;
  readonly file: string;
  readonly state: Storing | 'checked';
}

/** `thinfer import FILE…`: checks published tables of either kind, or a bundle, and stores them in the project folder; lists and removes tables. */
export async function importCommand(files: readonly string[], rawFlags: unknown): Promise<void> {
  const flags = parseFlags(importSchema, rawFlags);
  const terminal = openTerminal(flags);
  const asked = [files.length > 0, flags.list, flags.remove !== undefined].filter(Boolean).length;
  if (asked !== 1)
    throw new ThinferError('usage', 'give either CSV files, or a bundle, or --list, or --remove NAME', {
      remedy: 'for example: thinfer import bert_latency.csv --name bert',
    });
  if (flags.list) listTables(flags, terminal);
  else if (flags.remove !== undefined) {
    removeTable(flags.project, flags.remove);
    print(terminal, { removed: flags.remove }, `removed ${flags.remove}`);
  } else if (files.some(isBundle)) await importBundles(files, flags, terminal);
  else importTables(files, flags, terminal);
}

/** A bundle comes by itself: with several files it would be open what is kept when one of them is refused. */
async function importBundles(
  files: readonly string[],
  flags: ImportFlags,
  terminal: Terminal,
): Promise<void> {
  const problems = [
    ...(files.length > 1 ? [`${files.filter(isBundle).join(', ')}: a bundle, beside other files`] : []),
    ...(flags.name === undefined ? [] : ['--name: what a bundle holds has its names already']),
    ...(flags.where.length === 0 ? [] : ['--where: a bundle is taken as a whole']),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), {
      remedy: 'import it alone: thinfer import BUNDLE',
    });
  const imported = await importBundle(files[0]!, flags, terminal);
  print(terminal, { bundle: imported }, describeImported(imported));
}

function importTables(files: readonly string[], flags: ImportFlags, terminal: Terminal): void {
  const tables = readAll(files, parseWhere(flags.where));
  const names = namesOf(tables, flags.name);
  const states = flags.dryRun ? new Map<string, Storing>() : storeTables(flags.project, names);
  const imported = [...names].map(([name, table]): ImportedTable | ImportedResults => {
    const state = states.get(name) ?? 'checked';
    if (isResults(table)) return summariseResults(table, name, state);
    return { kind: 'latencies', name, file: table.name, state, ...summariseTable(table) };
  });
  for (const { notices } of imported) for (const notice of notices) terminal.notice(notice);
  const text = imported
    .map((one) => (one.kind === 'results' ? describeResults(one, terminal) : describeTable(one, terminal)))
    .join('\n\n');
  print(terminal, { tables: imported }, text);
}

/** Reads every file before anything is stored; what is wrong with any of them is reported at once. */
function readAll(files: readonly string[], where: Where): AnyTable[] {
  const errors: ThinferError[] = [];
  const tables = files.flatMap((file) => {
    try {
      return [filtered(readAnyTable(file), where)];
    } catch (error) {
      errors.push(ThinferError.from(error));
      return [];
    }
  });
  const [first] = errors;
  if (first === undefined) return tables;
  if (errors.length === 1) throw first;
  throw new ThinferError(first.code, errors.map(({ message }) => message).join('\n'), {
    remedy: [...new Set(errors.map(({ remedy }) => remedy))].join('; '),
    cause: first,
  });
}

function filtered(table: AnyTable, where: Where): AnyTable {
  if (!isResults(table)) return filterTable(table, where);
  if (Object.keys(where).length === 0) return table;
  throw new ThinferError('usage', `--where: ${table.name} is a table of results, which has no series`, {
    remedy: 'import it whole',
  });
}

/** The tables by the names they are stored under: `--name`, or that of the file without its ending. */
function namesOf(tables: readonly AnyTable[], wanted: string | undefined): Map<string, AnyTable> {
  if (wanted !== undefined && tables.length > 1)
    throw new ThinferError('usage', `--name: one name for ${tables.length} files`, {
      remedy: 'import them one by one',
    });
  const named = tables.map(
    (table) => [wanted ?? basename(table.name).replace(/\.csv$/i, ''), table] as const,
  );
  const problems = named.flatMap(([name, table], index) => {
    if (!tableName.safeParse(name).success) return [`${table.name}: its name can't be the name of a table`];
    const earlier = named.findIndex(([other]) => other === name);
    return earlier < index ? [`${table.name}: would be named ${name}, as ${named[earlier]![1].name}`] : [];
  });
  if (problems.length === 0) return new Map(named);
  throw new ThinferError('usage', problems.join('\n'), { remedy: 'import it by itself with --name NAME' });
}

function listTables({ project }: ImportFlags, terminal: Terminal): void {
  const listed = allTables(project).map(({ name, file, importedAt, table }) => {
    if (isResults(table))
      return { name, kind: 'results', file, importedAt, series: null, cells: numbersOf(table) };
    const { cells, series } = summariseTable(table);
    return { name, kind: 'latencies', file, importedAt, series: series.length, cells };
  });
  const text =
    listed.length === 0
      ? 'no tables yet; thinfer import FILE adds one'
      : formatTable(
          listed,
          [
            { title: 'name', value: ({ name }) => name },
            { title: 'of', value: ({ kind }) => kind },
            { title: 'series', align: 'right', value: ({ series }) => String(series ?? '–') },
            { title: 'cells', align: 'right', value: ({ cells }) => String(cells) },
            { title: 'imported', value: ({ importedAt }) => formatTime(importedAt) },
            { title: 'from', value: ({ file }) => file },
          ],
          terminal.width,
        );
  print(terminal, listed, text);
}

function print(terminal: Terminal, document: unknown, text: string): void {
  terminal.print(terminal.json ? JSON.stringify(document, null, 2) : text);
}

function describeTable({ name, file, state, cells, series }: ImportedTable, terminal: Terminal): string {
  const names = describeSeries(series);
  const range = (numbers: readonly number[]): string =>
    numbers.length === 1 ? String(numbers[0]) : `${numbers[0]}–${numbers.at(-1)}`;
  return [
    `${terminal.bold(name)}: ${formatPlural(cells, 'cell')}, ${state}, from ${file}`,
    formatTable(
      series.map((one, index) => ({ ...one, name: names[index] ?? '' })),
      [
        { title: 'cells', align: 'right', value: (one) => String(one.cells) },
        { title: 'threads', align: 'right', value: ({ threads }) => range(threads) },
        { title: 'batch', align: 'right', value: ({ batches }) => range(batches) },
        { title: 'sets', align: 'right', value: ({ sets }) => String(sets.length) },
        { title: 'series', value: (one) => one.name },
      ],
      terminal.width,
    ),
    ...series.filter(({ sets }) => sets.length > 0).map((one) => describeSets(one, terminal)),
  ].join('\n');
}

/** What instances that ran together took, against what a lone one promised. */
function describeSets({ columns, sets, medianError }: SeriesSummary, { width }: Terminal): string {
  const table = formatTable(
    sets,
    [
      { title: '⟨i,t,b⟩', value: (set) => formatTuples([set]) },
      { title: 'slowest', align: 'right', value: ({ latencyMs }) => formatMs(latencyMs) },
      {
        title: 'predicted',
        align: 'right',
        value: ({ predictedMs }) => (predictedMs === null ? '–' : formatMs(predictedMs)),
      },
      { title: 'error', align: 'right', value: ({ error }) => formatError(error) },
    ],
    width,
  );
  const [name = ''] = describeSeries([{ columns }]);
  return `\nsets${name === '' ? '' : ` of ${name}`}; error ${formatError(medianError)} in the median\n${table}`;
}

/** How much slower than promised, with its sign: `+12.3 %`. */
function formatError(error: InstanceSet['error']): string {
  return error === null ? '–' : `${error < 0 ? '−' : '+'}${Math.abs(error * 100).toFixed(1)} %`;
}
