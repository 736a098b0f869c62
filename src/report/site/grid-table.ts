import type { Grid, GridRecord } from '../../dataset/index.ts';
import { csvField, type Field } from '../csv.ts';
import { dataTable } from '../figure.ts';
import { formatNumber } from '../format.ts';
import type { Markup } from '../html.ts';
import { originText } from './line-figure.ts';

/** Names of statistics as the documents write them. */
export const statisticWords = (name: string): string => (name === 'average' ? 'average' : `${name} %`);

const statisticOrder = ['average', 'min', '50', '90', '95', '99', '100'];

/** Statistics that any cell has, in the documents' order. */
export function statisticsOf(records: readonly GridRecord[]): string[] {
  const all = [...new Set(records.flatMap(({ latencyMs }) => Object.keys(latencyMs)))];
  const rank = (name: string): number => {
    const place = statisticOrder.indexOf(name);
    return place < 0 ? Number(name) || statisticOrder.length : place * 10;
  };
  return all.sort((a, b) => rank(a) - rank(b));
}

/** The grid as the documents print it: a row per cell, a column per statistic. */
export function gridTable(grid: Grid): Markup {
  const statistics = statisticsOf(grid.records);
  const cell = (value: number | null | undefined): string => (value == null ? '–' : formatNumber(value));
  return dataTable(
    `Throughput and latency on ${grid.system}`,
    [
      { head: 'model' },
      { head: 'sequence', numeric: true },
      { head: 'batch', numeric: true },
      { head: 'precision' },
      { head: grid.unit, numeric: true },
      ...statistics.map((name) => ({ head: statisticWords(name), numeric: true })),
    ],
    grid.records.map((record) => [
      record.model,
      record.sequenceLength ?? '–',
      record.batch,
      record.trusted ? record.precision : `${record.precision} ○`,
      cell(record.itemsPerSecond),
      ...statistics.map((name) => cell(record.latencyMs[name])),
    ]),
  );
}

/** The same as RFC 4180 has it, numbers unrounded. */
export function gridCsv(grid: Grid): string {
  const statistics = statisticsOf(grid.records);
  const rows = grid.records.map((record): Field[] => [
    record.system,
    record.model,
    record.sequenceLength,
    record.batch,
    record.precision,
    record.itemsPerSecond,
    ...statistics.map((name) => record.latencyMs[name] ?? null),
    record.trusted,
    originText(record.origin),
  ]);
  const head = ['system', 'model', 'sequence_length', 'batch_size', 'precision', 'items_per_second'];
  return [[...head, ...statistics.map((name) => `latency_${name}_ms`), 'trusted', 'origin'], ...rows]
    .map((row) => `${row.map(csvField).join(',')}\r\n`)
    .join('');
}
