import type { Dataset } from '../../dataset/index.ts';
import { html, type Markup, trusted } from '../html.ts';
import { linesChart } from '../lines-chart.ts';
import { renderPage } from '../page.ts';
import { renderChart } from '../render-chart.ts';
import { busiest, byBatch, trustworthy } from './analysis.ts';
import { withDistinctFiles } from './distinct-names.ts';
import { findings, headline } from './findings.ts';
import { headMarkup } from './head-markup.ts';
import { documentSections, furtherSections } from './layout.ts';
import { contextOf, curveCells, type PageContext, type Price, sizeText, whereOf } from './page-context.ts';
import {
  cellsCsv,
  contentsMarkup,
  definitionsOf,
  failuresMarkup,
  sectionsMarkup,
  whatWasMeasured,
} from './page-parts.ts';
import { plain, pointsOf, valuePaint } from './plot.ts';
import type { Section } from './site-figure.ts';
import type { SitePage, SiteStamp } from './site-page.ts';
import { siteStyle } from './site-style.ts';

/** What is wanted of the pages of datasets. */
export interface DatasetPageOptions {
  readonly price: Price | null;
  /** Whether a section is wanted, by its id. */
  readonly wants: (section: string) => boolean;
}

/**
 * The pages of a dataset. A published one has one page with the sections and charts of the documents that its like was published in, and a
 * second with what they leave out; an own one has all on one page.
 */
export function datasetPages(dataset: Dataset, { price, wants }: DatasetPageOptions): SitePage[] {
  const context = contextOf(dataset, price);
  const main = documentSections(context).filter(({ id }) => wants(id));
  const further = furtherSections(context).filter(({ id }) => wants(id));
  if (dataset.provenance.kind === 'measured') return [pageOf(context, 'scalability', [...main, ...further])];
  return [
    ...(main.length > 0 ? [pageOf(context, 'scalability', main, further.length > 0)] : []),
    ...(further.length > 0 ? [pageOf(context, 'further', further)] : []),
  ];
}

type Kind = 'scalability' | 'further';

/** What the folder of a dataset's further page has after the dataset's key. */
export const furtherEnd = '-further';

function pageOf(context: PageContext, kind: Kind, drawn: readonly Section[], hasFurther = false): SitePage {
  const sections = withDistinctFiles(drawn);
  const { dataset, name } = context;
  const folder = kind === 'scalability' ? dataset.key : `${dataset.key}${furtherEnd}`;
  const path = `${folder}/index.html`;
  const size = sizeText(dataset.dims);
  const sentence = headline(context);
  return {
    kind,
    path,
    model: name,
    title: `${name}${size === '' ? '' : `, ${size}`}${kind === 'further' ? ', further charts' : ''}`,
    where: whereOf(dataset),
    sentence,
    cells: dataset.cells.length,
    sections,
    small: kind === 'scalability' ? smallChart(context) : null,
    files: [{ name: 'cells.csv', content: cellsCsv(dataset) }],
    render: (stamp) => renderDatasetPage(context, { kind, path, sections, sentence, hasFurther }, stamp),
  };
}

interface Drawing {
  readonly kind: Kind;
  readonly path: string;
  readonly sections: readonly Section[];
  readonly sentence: string;
  readonly hasFurther: boolean;
}

function renderDatasetPage(
  context: PageContext,
  { kind, path, sections, sentence, hasFurther }: Drawing,
  { versions, madeAt }: SiteStamp,
): string {
  const { dataset, name } = context;
  const other =
    kind === 'further'
      ? html`<p class="facts">What the same cells show beyond <a href="../${dataset.key}/index.html">the scalability page</a>.</p>`
      : hasFurther &&
        html`<p class="facts">The same cells as a map, per core, and more: <a href="../${dataset.key}${furtherEnd}/index.html">further charts</a>.</p>`;
  const source =
    dataset.provenance.kind === 'published' ? 'as published; not measured by thinfer' : 'measured by thinfer';
  return renderPage({
    title: `${name} on ${whereOf(dataset)} · thinfer`,
    style: siteStyle,
    sections: html`${headMarkup(path, {
      kicker: html`<b>${name}</b> · ${whereOf(dataset)} · ${source}`,
      title: sentence,
      findings: findings(context),
    })}
${other}
${contentsMarkup(sections)}
${sectionsMarkup(sections)}
${whatWasMeasured(context)}
${failuresMarkup(dataset)}
${definitionsOf(sections)}
<section id="downloads"><h2>The Data</h2><p><a href="cells.csv">cells.csv</a> a row per cell, numbers unrounded; beside each chart its own rows.</p></section>`,
    versions,
    madeAt,
  });
}

/** Throughput over threads at the best batch, small; null where there are not two points. */
function smallChart(context: PageContext): Markup | null {
  const cells = trustworthy(curveCells(context));
  if (cells.length === 0) return null;
  const own = byBatch(cells).get(busiest(cells).batch)!;
  if (own.length < 2) return null;
  const points = pointsOf(
    own,
    plain(({ itemsPerSecond }) => itemsPerSecond),
  );
  const lines = [{ label: '', color: valuePaint(0), points }];
  return trusted(renderChart(linesChart({ lines, xName: 'threads', ideal: 'doubles', height: 170 }, 320)));
}
