import type { Grid, GridRecord } from '../../dataset/index.ts';
import { html } from '../html.ts';
import { renderPage } from '../page.ts';
import { definitionLink } from './definitions.ts';
import { withDistinctFiles } from './distinct-names.ts';
import { latencyFigure, throughputFigure } from './grid-figures.ts';
import { gridFindings } from './grid-findings.ts';
import { gridCsv, gridTable } from './grid-table.ts';
import { headMarkup } from './head-markup.ts';
import {
  contentsMarkup,
  definitionList,
  definitionsOf,
  provenanceRows,
  sectionsMarkup,
} from './page-parts.ts';
import type { Section } from './site-figure.ts';
import type { SitePage } from './site-page.ts';
import { siteStyle } from './site-style.ts';

/** The page of an inference grid: model × sequence length × batch × precision with throughput and latencies. */
export function gridPage(grid: Grid): SitePage {
  const path = `${grid.key}/index.html`;
  const sections = withDistinctFiles(
    [gridSection(grid, 'throughput'), gridSection(grid, 'latency')].filter(
      ({ subsections }) => subsections[0]!.figures.length > 0,
    ),
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
