import { type Grid, type GridRecord, keyOf } from '../../dataset/index.ts';
import { csvField, type Field } from '../csv.ts';
import { dataTable } from '../figure.ts';
import { formatMs, formatNumber, formatRatio } from '../format.ts';
import { html, type Markup } from '../html.ts';
import { renderPage } from '../page.ts';
import { batchPaint } from '../theme.ts';
import { definitionLink } from './definitions.ts';
import { headMarkup } from './head-markup.ts';
import { lineFigure, originText, type PlotPoint } from './line-figure.ts';
import { shortFile } from './page-context.ts';
import {
  contentsMarkup,
  definitionList,
  definitionsOf,
  provenanceRows,
  sectionsMarkup,
} from './page-parts.ts';
import { valuePaint } from './plot.ts';
import type { Section, SiteFigure } from './site-figure.ts';
import type { SitePage } from './site-page.ts';
import { siteStyle } from './site-style.ts';
import { batchAxis, rangeWords } from './words.ts';

/** The page of an inference grid: model × sequence length × batch × precision with throughput and latencies. */
export function gridPage(grid: Grid): SitePage {
  const path = `${grid.key}/index.html`;
  const sections = [gridSection(grid, 'throughput'), gridSection(grid, 'latency')].filter(
    ({ subsections }) => subsections[0]!.figures.length > 0,
  );
  const found = gridFindings(grid);
  const title = found[0] ?? `Inference on ${grid.system}`;
  return {
    kind: 'grid',
    path,
    model: [...new Set(grid.records.map(({ model }) => model))].join(', '),
    title: `Inference grid, ${grid.system}`,
    where: grid.system,
    sentence: title,
    cells: grid.records.length,
    sections,
    small: null,
    files: [{ name: 'cells.csv', content: gridCsv(grid) }],
    render: ({ versions, madeAt }) =>
      renderPage({
        title: `Inference grid, ${grid.system} · thinfer`,
        style: siteStyle,
        sections: html`${headMarkup(path, { kicker: html`<b>Inference grid</b> · ${grid.system}`, title, findings: found.slice(1) })}
${contentsMarkup(sections)}
<section id="grid"><h2>The Grid</h2><p class="sub">Throughput in ${grid.unit}; latencies in ms. ${grid.population} ${definitionLink('grid')}</p>${gridTable(grid)}</section>
${sectionsMarkup(sections)}
<section id="measured" class="what"><h2>What Was Measured</h2>${definitionList([['system', grid.system], ['population', grid.population], ...provenanceRows(grid.provenance)])}</section>
${definitionsOf(sections)}
<section id="downloads"><h2>The Data</h2><p><a href="cells.csv">cells.csv</a> a row per cell.</p></section>`,
        versions,
        madeAt,
      }),
  };
}

/** Names of statistics as the documents write them. */
const statisticWords = (name: string): string => (name === 'average' ? 'average' : `${name} %`);

const statisticOrder = ['average', 'min', '50', '90', '95', '99', '100'];

/** Statistics that any cell has, in the documents' order. */
function statisticsOf(records: readonly GridRecord[]): string[] {
  const all = [...new Set(records.flatMap(({ latencyMs }) => Object.keys(latencyMs)))];
  const rank = (name: string): number => {
    const place = statisticOrder.indexOf(name);
    return place < 0 ? Number(name) || statisticOrder.length : place * 10;
  };
  return all.sort((a, b) => rank(a) - rank(b));
}

function gridTable(grid: Grid): Markup {
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

function gridCsv(grid: Grid): string {
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

/** Cells that differ in batch and precision only. */
function bySubject({ records }: Grid): Map<string, GridRecord[]> {
  return Map.groupBy(records, ({ model, sequenceLength }) =>
    sequenceLength === null ? model : `${model}, sequence ${sequenceLength}`,
  );
}

function gridSection(grid: Grid, kind: 'throughput' | 'latency'): Section {
  const subjects = [...bySubject(grid)];
  const figures =
    kind === 'throughput'
      ? subjects.map(([subject, records]) => throughputFigure(grid, subject, records))
      : subjects.flatMap(([subject, records]) =>
          [...Map.groupBy(records, ({ precision }) => precision)].map(([precision, own]) =>
            latencyFigure(grid, `${subject}, ${precision}`, own),
          ),
        );
  return {
    id: kind,
    heading: kind === 'throughput' ? 'Throughput' : 'Latency',
    subsections: [
      {
        id: `${kind}-grid`,
        heading: kind === 'throughput' ? 'Per Precision' : 'Per Statistic',
        figures: figures.filter((one) => one !== null),
      },
    ],
  };
}

/** A model file that was not made in another precision has its own. */
const precisionWords = ({ precision }: GridRecord): string =>
  precision === 'original' ? 'in its own precision' : `in ${precision}`;

const pointOf = (record: GridRecord, value: number): PlotPoint => ({
  x: record.batch,
  value,
  interval: null,
  trusted: record.trusted,
  origin: record.origin,
});

const footOf = ({ system, provenance }: Grid): string =>
  provenance.kind === 'published'
    ? `Source: ${provenance.files.map(shortFile).join(', ')}, as published; not measured by thinfer · ${system}`
    : `Source: measured by thinfer · ${system} · ${provenance.until.slice(0, 10)}`;

function throughputFigure(grid: Grid, subject: string, records: readonly GridRecord[]): SiteFigure | null {
  const known = records.filter(({ itemsPerSecond }) => itemsPerSecond !== null);
  if (known.length === 0) return null;
  const rate = ({ itemsPerSecond }: GridRecord): number => itemsPerSecond!;
  const best = known.reduce((a, b) => (rate(b) > rate(a) ? b : a));
  const format = (value: number): string => `${formatNumber(value)} ${grid.unit}`;
  return lineFigure({
    file: keyOf(subject, 'throughput'),
    alt: `${subject} Throughput`,
    title: `${subject}: ${format(rate(best))} at most, ${precisionWords(best)} at batch ${best.batch}`,
    subtitle: `Throughput in ${grid.unit} over batch, a line for each precision`,
    foot: footOf(grid),
    definition: 'grid',
    by: { column: 'precision', words: 'precision' },
    x: batchAxis,
    y: { column: 'items_per_second', words: grid.unit },
    format,
    lines: [...Map.groupBy(known, ({ precision }) => precision)].map(([precision, own], index) => ({
      name: precision,
      label: precision,
      color: valuePaint(index),
      points: own.map((record) => pointOf(record, rate(record))).sort((a, b) => a.x - b.x),
    })),
  });
}

function latencyFigure(grid: Grid, subject: string, records: readonly GridRecord[]): SiteFigure | null {
  const statistics = statisticsOf(records);
  if (statistics.length === 0) return null;
  const tails = records
    .filter(({ latencyMs }) => latencyMs['99'] !== undefined)
    .map(({ batch, latencyMs }) => `${formatMs(latencyMs['99']!)} at batch ${batch}`);
  const title =
    tails.length === 0
      ? subject
      : `${subject}: 99 % of the runs take at most ${tails.at(0)}${tails.length > 1 ? `, ${tails.at(-1)}` : ''}`;
  return lineFigure({
    file: keyOf(subject, 'latency'),
    alt: `${subject} Latency`,
    title,
    subtitle: 'Latency of a batch, ms, over batch, a line for each statistic',
    foot: footOf(grid),
    definition: 'grid',
    by: { column: 'statistic', words: 'statistic' },
    x: batchAxis,
    y: { column: 'latency_ms', words: 'latency, ms' },
    format: formatMs,
    lines: statistics.map((name, index) => ({
      name: statisticWords(name),
      label: statisticWords(name),
      color: name === 'average' ? valuePaint(0) : batchPaint(index, statistics.length),
      points: records
        .flatMap((record) => {
          const value = record.latencyMs[name];
          return value === undefined ? [] : [pointOf(record, value)];
        })
        .sort((a, b) => a.x - b.x),
    })),
  });
}

/** The most throughput, what each precision gains over the last one, and averages beyond the 99th percentile. */
function gridFindings(grid: Grid): string[] {
  const known = grid.records.filter(({ itemsPerSecond }) => itemsPerSecond !== null);
  const found: string[] = [];
  if (known.length > 0) {
    const best = known.reduce((a, b) => (b.itemsPerSecond! > a.itemsPerSecond! ? b : a));
    const size = best.sequenceLength === null ? '' : ` at sequence ${best.sequenceLength}`;
    found.push(
      `${grid.system} does at most ${formatNumber(best.itemsPerSecond!)} ${grid.unit}: ${best.model}${size}, batch ${best.batch}, ${precisionWords(best)}`,
    );
  }
  found.push(...precisionFindings(known));
  const beyond = grid.records.filter(
    ({ latencyMs }) =>
      latencyMs['average'] !== undefined &&
      latencyMs['99'] !== undefined &&
      latencyMs['average'] > latencyMs['99'],
  );
  if (beyond.length > 0)
    found.push(
      `In ${beyond.length} of ${grid.records.length} cells the average is above the 99th percentile: it can’t be over the same runs unless few of them took very long.`,
    );
  return found;
}

function precisionFindings(records: readonly GridRecord[]): string[] {
  const precisions = [...new Set(records.map(({ precision }) => precision))];
  const base = precisions.at(-1);
  const key = ({ model, sequenceLength, batch }: GridRecord): string => `${model} ${sequenceLength} ${batch}`;
  const bases = new Map(records.filter(({ precision }) => precision === base).map((one) => [key(one), one]));
  return precisions.slice(0, -1).flatMap((precision) => {
    const ratios = records
      .filter((one) => one.precision === precision)
      .flatMap((one) => {
        const other = bases.get(key(one));
        return other === undefined ? [] : [one.itemsPerSecond! / other.itemsPerSecond!];
      });
    return ratios.length === 0
      ? []
      : [
          `${precision} does ${rangeWords(ratios, formatRatio)} times as much as ${base}, in ${ratios.length} cells.`,
        ];
  });
}
