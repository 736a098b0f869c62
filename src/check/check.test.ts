/** The referee: quiet on clean tables, finds every kind of slip at its cell, and what NVIDIA's page is known to have. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { plants } from '../../test/support/planted-slips.ts';
import {
  Author, accuracyTable, csvOf, inferenceTable, seedsTable, type TextTable, threadsTable, trainingTable,
} from '../../test/support/result-tables.ts'; // biome-ignore format: one line less
import { readRecords } from '../table/read-records.ts';
import { parseResults } from '../table/results/index.ts';
import { allRules, checkSheets, type Finding, type Sheet, sheetOfResults } from './index.ts';

const data = resolve(import.meta.dirname, '../../test/data');
const sheetOf = (table: TextTable): Sheet => sheetOfResults(parseResults(csvOf(table), table.name));
const show = ({ rule, text }: Finding): string => `${rule}: ${text}`;

describe('clean tables', () => {
  const kinds: Readonly<Record<string, (seed: number) => TextTable>> = {
    'inference grids': (seed) => inferenceTable(seed),
    'inference grids without throughput': (seed) => inferenceTable(seed, { throughput: false }),
    trainings: (seed) => trainingTable(seed),
    'trainings without quotients': (seed) => trainingTable(seed, { derived: false }),
    seeds: (seed) => seedsTable(seed),
    threads: (seed) => threadsTable(seed),
    accuracies: (seed) => accuracyTable(seed),
  };
  const seeds = Array.from({ length: 30 }, (_, index) => 1000 + index);
  for (const [name, make] of Object.entries(kinds))
    it(`${name}: nothing found in ${seeds.length}`, () => {
      for (const seed of seeds)
        assert.deepEqual(checkSheets([sheetOf(make(seed))]).findings.map(show), [], `seed ${seed}`);
    });
});

describe('planted slips', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => 2000 + index);
  for (const { name, rule, plant } of plants)
    it(`${name}: found by ${rule}, at its cell, 19 times in 20`, () => {
      const only = allRules.filter((one) => one.name === rule);
      const missed = seeds.flatMap((seed) => {
        const { tables, at, what } = plant(seed);
        const { findings } = checkSheets(tables.map(sheetOf), only);
        const isThere = (cell: Finding['cells'][number]): boolean =>
          at.some(
            ({ table, line, column }) => table === cell.table && line === cell.line && column === cell.column,
          );
        return findings.some(({ cells }) => cells.some(isThere)) ? [] : [`${seed}: ${what}`];
      });
      assert.ok(missed.length <= 1, missed.join('\n'));
    });
});

/** A published file as text, its blocks put together. */
function textTable(file: string): TextTable {
  const [header, ...rows] = readRecords(readFileSync(resolve(data, file), 'utf8'), file).map(({ fields }) => [
    ...fields,
  ]);
  return {
    name: basename(file),
    header: header!,
    rows: rows.filter((row) => row.some((text) => text !== '')),
  };
}

const nvidia = globSync('nvidia/*.csv', { cwd: data }).sort();

/** What is wrong with the page, by rule and by the number its file begins with; counts are of findings. */
const known: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  'global-batch': [['14', 3], ['18', 3]],
  'throughput-and-latency': [['20', 1], ['21', 1], ['22', 1], ['23', 1], ['24', 1]],
  'average-above-99': [['20', 1], ['21', 1], ['22', 1], ['23', 1], ['24', 1]],
  'more-than-linear': [['12', 3], ['14', 6], ['15', 2]],
  'swapped-headings': [['03', 1], ['11', 1], ['13', 1], ['16', 1]],
  'repeated-number': [['14', 1]],
  'far-off-neighbours': [['14', 1], ['22', 1]],
  'same-row-differs': [['14', 1]],
  'accuracy-and-seeds': [['02', 1], ['03', 1]],
  'time-and-throughput': [['03', 1]],
  'effect-within-error': [['02', 1], ['03', 1]],
}; // biome-ignore format: a table

const expected = Object.entries(known).flatMap(([rule, tables]) =>
  tables.map(([table, count]) => `${rule} ${table}: ${count}`),
);

/** Findings by rule and table; those of one column that were collapsed count one each, so counts of cells are compared. */
function tally(findings: readonly Finding[], nameOf: (table: string) => string): string[] {
  const groups = Map.groupBy(findings, ({ rule, cells: [{ table }] }) => `${rule} ${nameOf(table)}`);
  return [...groups].map(([key, group]) => `${key}: ${group.length}`);
}

describe("NVIDIA's page", () => {
  const sheets = nvidia.map((file) => sheetOf(textTable(file)));
  const { findings, notes } = checkSheets(sheets);

  it('has 40 findings of eleven kinds, in 13 tables', () => {
    assert.deepEqual(tally(findings, (table) => table.slice(0, 2)).sort(), expected.toSorted());
  });

  it('is told with its arithmetic and what would fit', () => {
    const lines = findings.map(({ text, expected }) => `${text} → ${expected}`);
    for (const line of [
      '1 × 32 × 8,192 = 262,144, not 65,536 → 2,048 for fp32',
      '4 nodes × 8 devices × 8 × 128 = 32,768, not 65,536 → 256 for tf32',
      '36.3 at model base, sequence 128, batch 4, precision fp16 is 3.24 times above what its neighbours promise → about 11.2',
    ])
      assert.ok(lines.includes(line), line);
    const mean = notes.find(({ rule }) => rule === 'mean-of-seeds')!;
    assert.match(mean.text, /is 91\.42, not 91\.41; what rounding took/);
  });

  it('is found out after rows and columns are shuffled, files renamed and numbers scaled', () => {
    for (const seed of [1, 2, 3]) {
      const author = new Author(seed);
      const factors = { throughput: author.uniform(0.2, 9), latency: author.uniform(0.2, 9), digits: 1 };
      const names = new Map(
        nvidia.map((file, index) => [
          `table ${(index * 7 + seed) % nvidia.length}`,
          basename(file).slice(0, 2),
        ]),
      );
      const changed = author.shuffled(
        nvidia.map((file, index) =>
          disguise(textTable(file), `table ${(index * 7 + seed) % nvidia.length}`, author, factors),
        ),
      );
      const found = tally(checkSheets(changed.map(sheetOf)).findings, (table) => names.get(table)!);
      // Which of two tables of one run comes first is the order they are given in.
      const ordered = found.map((line) => line.replace('same-row-differs 15', 'same-row-differs 14'));
      assert.deepEqual(ordered.sort(), expected.toSorted(), `seed ${seed}`);
    }
  });
});

interface Factors {
  readonly throughput: number;
  readonly latency: number;
  /** So many more decimals are printed. */
  readonly digits: number;
}

function disguise({ header, rows }: TextTable, name: string, author: Author, factors: Factors): TextTable {
  const columns = author.shuffled(header.map((_, index) => index));
  const scaled = (head: string, text: string): string => {
    const factor = /speedup/i.test(head)
      ? 1
      : /throughput/i.test(head)
        ? factors.throughput
        : /latency/i.test(head)
          ? factors.latency
          : 1;
    const decimals = (text.split('.')[1]?.length ?? 0) + factors.digits;
    return factor === 1 ? text : (Number(text) * factor).toFixed(decimals);
  };
  return {
    name,
    header: columns.map((index) => header[index]!),
    rows: author.shuffled(rows).map((row) => columns.map((index) => scaled(header[index]!, row[index]!))),
  };
}

describe("Packrat's tables", () => {
  const files = globSync('packrat/**/*.csv', { cwd: data });
  const sheets = files.map((file) =>
    sheetOfResults(parseResults(readFileSync(resolve(data, file), 'utf8'), file)),
  );

  it('have nothing that is no noise', () => {
    assert.equal(files.length, 10);
    assert.deepEqual(checkSheets(sheets).findings.map(show), []);
  });

  it('are checked across files: throughputs against the latencies of the same runs', () => {
    const file = 'packrat/bert/cloudlab/large-batches/bert_throughput.csv';
    const at = files.indexOf(file);
    const text = readFileSync(resolve(data, file), 'utf8').split('\n');
    const line = text.findIndex((row) => row.includes(',4,64,'));
    text[line] = text[line]!.trim().replace(/[\d.]+$/, (number) => String(Number(number) * 1.2));
    const changed = sheets.with(at, sheetOfResults(parseResults(text.join('\n'), file)));
    const { findings } = checkSheets(
      changed,
      allRules.filter(({ name }) => name === 'throughput-and-latency'),
    );
    assert.deepEqual(
      findings.map(({ cells: [first] }) => [first.table, first.line]),
      [[file, line + 1]],
    );
  });
});
