import { dataTable } from '../figure.ts';
import { formatPlural } from '../format.ts';
import { html, type Markup } from '../html.ts';
import { renderPage } from '../page.ts';
import { furtherEnd } from './dataset-page.ts';
import { DistinctNames } from './distinct-names.ts';
import { figuresOf } from './site-figure.ts';
import type { SitePage, SiteStamp } from './site-page.ts';
import { siteStyle } from './site-style.ts';

/** The first page of a site: every model and machine, what each page says in a sentence, a small chart. */
export function indexPage(pages: readonly SitePage[], { versions, madeAt }: SiteStamp): string {
  const models = [...new Set(pages.filter(({ kind }) => kind === 'scalability').map(({ model }) => model))];
  const ids = new DistinctNames();
  const charts = pages.reduce((sum, { sections }) => sum + figuresOf(sections).length, 0);
  const shown = pages.filter(({ kind }) => kind !== 'further');
  const title = `${models.length > 0 ? models.join(', ') : 'Inference'}: ${formatPlural(shown.length, 'page')}, ${formatPlural(charts, 'chart')}`;
  return renderPage({
    title: 'Scalability · thinfer',
    style: siteStyle,
    sections: html`<header><p class="kicker"><b>thinfer</b> · scalability of inference</p>
<h1>${models.length > 0 ? `How ${listed(models)} ${models.length === 1 ? 'scales' : 'scale'}` : 'Inference, measured'}</h1>
<p class="lede">${title}. Every chart is there as SVG, PNG and CSV.</p></header>
${models.map((model) =>
  cardsOf(
    ids.take(`model-${model.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`),
    model,
    shown.filter((page) => page.kind === 'scalability' && page.model === model),
    pages,
  ),
)}
${cardsOf(
  'comparisons',
  'Side By Side',
  shown.filter(({ kind }) => kind === 'comparison'),
  pages,
)}
${cardsOf(
  'grids',
  'Inference Grids',
  shown.filter(({ kind }) => kind === 'grid'),
  pages,
)}
<section id="all"><h2>All Pages</h2>${allPages(pages)}</section>`,
    versions,
    madeAt,
  });
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

function cardsOf(
  id: string,
  heading: string,
  pages: readonly SitePage[],
  all: readonly SitePage[],
): Markup | null {
  if (pages.length === 0) return null;
  const items = pages.map((page) => {
    const further = all.find(
      ({ kind, path }) =>
        kind === 'further' && path === page.path.replace(/\/index\.html$/, `${furtherEnd}/index.html`),
    );
    return html`<li><h3><a href="${page.path}">${page.kind === 'scalability' ? page.where : page.title}</a></h3><p class="sub">${page.kind === 'comparison' ? html`${page.where} · ` : page.kind === 'scalability' && html`${page.title} · `}${formatPlural(page.cells, 'cell')}, ${formatPlural(figuresOf(page.sections).length, 'chart')}${further && html` · <a href="${further.path}">further charts</a>`}</p><p>${page.sentence}.</p>${page.small && html`<div aria-hidden="true">${page.small}</div>`}</li>`;
  });
  return html`<section id="${id}"><h2>${heading}</h2><ul class="cards">${items}</ul></section>`;
}

function allPages(pages: readonly SitePage[]): Markup {
  return dataTable(
    'Every page of this site',
    [
      { head: 'page' },
      { head: 'measured on' },
      { head: 'cells', numeric: true },
      { head: 'charts', numeric: true },
    ],
    pages.map((page) => [
      html`<a href="${page.path}">${page.title}</a>`,
      page.where,
      page.cells,
      figuresOf(page.sections).length,
    ]),
  );
}
