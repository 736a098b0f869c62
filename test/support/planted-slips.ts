/** Slips planted in clean tables, one at a time, with the cells a finding should name. */
import {
  Author, accuracyTable, inferenceTable, seedsTable, type TextTable, threadsTable, trainingTable,
} from './result-tables.ts'; // biome-ignore format: one line less

/** Where a slip stands; the header is line 1. */
export interface SlipAt {
  readonly table: string;
  readonly line: number;
  readonly column: string;
}

/** Tables with one slip. */
export interface Planted {
  readonly tables: readonly TextTable[];
  /** A finding names one of these. */
  readonly at: readonly SlipAt[];
  readonly what: string;
}

/** A kind of slip, and the rule that finds it. */
export interface Plant {
  readonly name: string;
  readonly rule: string;
  readonly plant: (seed: number) => Planted;
}

const columnsOf = (table: TextTable, pattern: RegExp): number[] =>
  table.header.flatMap((head, index) => (pattern.test(head) ? [index] : []));

const at = (table: TextTable, row: number, column: number): SlipAt => ({
  table: table.name,
  line: row + 2,
  column: table.header[column]!,
});

/** Multiplies a cell, keeping its digits. */
function multiply(table: TextTable, row: number, column: number, factor: number): string {
  const text = table.rows[row]![column]!;
  const decimals = text.split('.')[1]?.length ?? 0;
  const changed = (Number(text) * factor).toFixed(decimals);
  table.rows[row]![column] = changed;
  return `${text} → ${changed} in line ${row + 2} "${table.header[column]}"`;
}

/** Changes one cell of the columns that a pattern names. */
function change(
  seed: number,
  table: TextTable,
  pattern: RegExp,
  factorOf: (author: Author) => number,
  isFit = (_row: string[], _table: TextTable): boolean => true,
): Planted {
  const author = new Author(seed + 7777);
  const column = author.pick(columnsOf(table, pattern));
  const rows = table.rows.flatMap((row, index) => (isFit(row, table) ? [index] : []));
  const row = author.pick(rows);
  const what = multiply(table, row, column, factorOf(author));
  return { tables: [table], at: [at(table, row, column)], what };
}

const upOrDown =
  (low: number, high: number) =>
  (author: Author): number =>
    author.random() < 0.5 ? author.uniform(low, high) : 1 / author.uniform(low, high);

const average = /avg|average|mean/i;
const throughputs = /throughput|images|tokens|performance/i;

/** The row of most devices of a table, where a slip of scaling shows. */
const isLargest = (row: string[], table: TextTable): boolean => {
  const column = columnsOf(table, /gpus|devices|accelerators/i).find(
    (index) => !/batch/i.test(table.header[index]!),
  )!;
  return Number(row[column]) === Math.max(...table.rows.map((other) => Number(other[column])));
};
const isNotFirst = (row: string[], table: TextTable): boolean => {
  const column = columnsOf(table, /gpus|devices|accelerators/i).find(
    (index) => !/batch/i.test(table.header[index]!),
  )!;
  return Number(row[column]) > 1;
};

function swapHeads(table: TextTable, pattern: RegExp): Planted {
  const [a, b] = columnsOf(table, pattern) as [number, number];
  [table.header[a], table.header[b]] = [table.header[b]!, table.header[a]!];
  const all = table.rows.flatMap((_, row) => [at(table, row, a), at(table, row, b)]);
  return { tables: [table], at: all, what: `swapped ${table.header[a]} and ${table.header[b]}` };
}

function copyCell(seed: number): Planted {
  const table = inferenceTable(seed, { throughput: false });
  const author = new Author(seed + 99);
  const column = columnsOf(table, average)[0]!;
  const digits = (row: number): number =>
    table.rows[row]![column]!.replace(/^[^1-9]*/, '').replaceAll(/\D/g, '').length;
  const value = (row: number): number => Number(table.rows[row]![column]);
  const order = author.shuffled(table.rows.map((_, index) => index));
  const from = order.find((row) => digits(row) >= 4)!;
  const to = order.find((row) => Math.abs(Math.log(value(row) / value(from))) > 1)!;
  table.rows[to]![column] = table.rows[from]![column]!;
  return {
    tables: [table],
    at: [at(table, to, column), at(table, from, column)],
    what: `copied line ${from + 2} to ${to + 2}`,
  };
}

/** A second table whose first row is the last of the first table, with one number changed. */
function continued(seed: number): Planted {
  const table = trainingTable(seed, { derived: false, sequences: [128, 512] });
  const devices = columnsOf(table, /gpus|devices|accelerators/i).find(
    (index) => !/batch/i.test(table.header[index]!),
  )!;
  const last = table.rows.filter((row) => isLargest(row, table));
  const author = new Author(seed + 5);
  const header = table.header.map((head, index) => (index === devices ? 'Nodes' : head));
  const rows = last.flatMap((row) =>
    [1, 4].map((nodes) =>
      row.map((text, index) =>
        index === devices
          ? String(nodes)
          : /accum/i.test(header[index]!)
            ? text
                .split(', ')
                .map((steps) => Number(steps) / nodes)
                .join(', ')
            : /throughput/i.test(header[index]!)
              ? String(Number((Number(text) * nodes * (nodes > 1 ? 0.93 : 1)).toPrecision(6)))
              : text,
      ),
    ),
  );
  const next: TextTable = { name: `nodes-${seed}.csv`, header, rows };
  const column = author.pick(columnsOf(next, /throughput/i));
  // Lines of one node come first of each pair; one row must still agree in all its cells.
  const row = 2 * Math.floor(author.random() * last.length);
  const what = multiply(next, row, column, 1.08);
  return { tables: [table, next], at: [at(next, row, column)], what };
}

function seedsAndAccuracy(seed: number, isSwapped: boolean): Planted {
  const [slow, fast] = [
    seedsTable(seed, { precision: 'FP32', count: 5 }),
    seedsTable(isSwapped ? seed + 1 : seed, { precision: 'FP16', shift: isSwapped ? 3 : 0, count: 5 }),
  ];
  const mean = (table: TextTable): string => Number(table.rows[0]!.at(-2)).toFixed(2);
  const values = isSwapped ? [mean(fast), mean(slow)] : [mean(slow), (Number(mean(slow)) + 0.01).toFixed(2)];
  const table: TextTable = {
    name: `accuracy-${seed}.csv`,
    header: ['GPUs', 'Accuracy - FP32', 'Accuracy - mixed precision'],
    rows: [['8', ...values]],
  };
  return { tables: [slow, fast, table], at: [at(table, 0, 1)], what: values.join(' ') };
}

/** Every kind of slip. */
export const plants: readonly Plant[] = [
  { name: 'percentiles that do not ascend', rule: 'order-of-statistics', plant: (seed) => change(seed, inferenceTable(seed), /(?<!\d)9[05](?!\d)/, upOrDown(1.3, 3)) },
  { name: 'a minimum above the average', rule: 'order-of-statistics', plant: (seed) => change(seed, threadsTable(seed), /min/, (author) => author.uniform(1.2, 3)) },
  { name: 'a maximum below the average', rule: 'order-of-statistics', plant: (seed) => change(seed, threadsTable(seed), /max/, (author) => 1 / author.uniform(1.7, 4)) },
  { name: 'a throughput of other runs', rule: 'throughput-and-latency', plant: (seed) => change(seed, inferenceTable(seed), throughputs, upOrDown(1.05, 2)) },
  { name: 'a throughput of other runs, of threads', rule: 'throughput-and-latency', plant: (seed) => change(seed, threadsTable(seed), throughputs, upOrDown(1.05, 2)) },
  { name: 'a wrong global batch', rule: 'global-batch', plant: (seed) => change(seed, trainingTable(seed), /global|total|effective/i, (author) => author.pick([0.5, 2, 4])) },
  { name: 'a wrong speed-up', rule: 'quotient', plant: (seed) => change(seed, trainingTable(seed), /speedup/, upOrDown(1.05, 2)) },
  { name: 'a wrong scaling', rule: 'quotient', plant: (seed) => change(seed, trainingTable(seed), /scaling/, upOrDown(1.05, 2), isNotFirst) },
  { name: 'a wrong throughput behind quotients', rule: 'quotient', plant: (seed) => change(seed, trainingTable(seed), /Throughput - /, upOrDown(1.05, 2), isNotFirst) },
  { name: 'a wrong first throughput behind quotients', rule: 'quotient', plant: (seed) => change(seed, trainingTable(seed), /Throughput - /, upOrDown(1.05, 2), (row, table) => !isNotFirst(row, table)) },
  { name: 'a wrong mean', rule: 'mean-of-seeds', plant: (seed) => change(seed, seedsTable(seed), /mean|avg/i, upOrDown(1.003, 1.1)) },
  { name: 'a wrong deviation', rule: 'deviation-of-seeds', plant: (seed) => change(seed, seedsTable(seed), /std/i, upOrDown(1.8, 4)) },
  { name: 'an average above 99 %', rule: 'average-above-99', plant: (seed) => change(seed, inferenceTable(seed, { throughput: false }), average, (author) => author.uniform(1.2, 3)) },
  { name: 'more than linear', rule: 'more-than-linear', plant: (seed) => ({ ...change(seed, trainingTable(seed, { perDoubling: 1.03 }), /scaling/, () => 1, isLargest), what: 'all scale by 1.03 a doubling' }) },
  { name: 'more than linear, without scalings', rule: 'more-than-linear', plant: (seed) => change(seed, trainingTable(seed, { derived: false }), /Throughput - /, () => 1.5, isLargest) },
  { name: 'swapped headings of scalings', rule: 'swapped-headings', plant: (seed) => swapHeads(trainingTable(seed), /scaling/) },
  { name: 'swapped headings of throughputs', rule: 'swapped-headings', plant: (seed) => swapHeads(trainingTable(seed, { derived: false }), /Throughput - /) },
  { name: 'a number copied', rule: 'repeated-number', plant: copyCell },
  { name: 'a cell off, of a grid', rule: 'far-off-neighbours', plant: (seed) => change(seed, inferenceTable(seed, { throughput: false }), average, upOrDown(2.5, 10)) },
  { name: 'a cell off, of threads', rule: 'far-off-neighbours', plant: (seed) => change(seed, threadsTable(seed, { throughput: false }), /avg/, upOrDown(2, 10)) },
  { name: 'a run told twice', rule: 'same-row-differs', plant: continued },
  { name: 'accuracies swapped', rule: 'accuracy-and-seeds', plant: (seed) => seedsAndAccuracy(seed, true) },
  { name: 'a difference within its error', rule: 'effect-within-error', plant: (seed) => seedsAndAccuracy(seed, false) },
  { name: 'times that do not follow', rule: 'time-and-throughput', plant: (seed) => change(seed, accuracyTable(seed), /Time to Train/, upOrDown(1.5, 3)) },
]; // biome-ignore format: a table
