import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Dataset, datasetsOfTables } from '../../src/dataset/index.ts';
import { contextOf, type PageContext, type Price } from '../../src/report/site/page-context.ts';
import { parseTable } from '../../src/table/index.ts';

const data = resolve(import.meta.dirname, '../data/packrat');

/** One of Packrat's files; its place from MODEL/MACHINE/EXPERIMENT on. */
export const packratFile = (place: string): string => join(data, place);

/** Rows of one of Packrat's files that are of these threads and batches, with its header. */
export function cutTable(place: string, threads: readonly number[], batches: readonly number[]): string {
  const [head = '', ...rows] = readFileSync(packratFile(place), 'utf8').trim().split(/\r?\n/);
  const columns = head.split(',');
  const at = (row: string, column: string): number => Number(row.split(',')[columns.indexOf(column)]);
  const kept = rows.filter(
    (row) => threads.includes(at(row, 'intraop_threads')) && batches.includes(at(row, 'batch_size')),
  );
  return `${[head, ...kept].join('\n')}\n`;
}

/** The dataset of a latency file and the throughput file beside it. */
export function packratDataset(experiment: string, model: string): Dataset {
  const tables = ['latency', 'throughput'].map((kind) => {
    const place = `${model}/${experiment}/${model}_${kind}.csv`;
    return { name: place, file: place, table: parseTable(readFileSync(packratFile(place), 'utf8'), place) };
  });
  return datasetsOfTables(tables)[0]!;
}

/** What its pages are drawn from. */
export const packratContext = (experiment: string, model: string, price: Price | null = null): PageContext =>
  contextOf(packratDataset(experiment, model), price);
