import { invariant } from '../../errors.ts';
import { widths } from '../figure.ts';
import { escapeHtml, html, type Markup, trusted } from '../html.ts';
import { figureCsv, pictureOf, pngOf } from '../load-picture.ts';
import { renderChart } from '../render-chart.ts';
import { definitionLink } from './definitions.ts';
import type { SiteFigure } from './site-figure.ts';

/** A file beside a page. */
export interface SiteFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** Width of a chart that has its row to itself. */
const aloneWidth = 1096;

/** A figure as it stands on a page. `folder` leads from the page to the chart's files. */
export function figureMarkup(one: SiteFigure, folder = ''): Markup {
  const draw = (width: number): Markup => trusted(withTitles(renderChart(one.chart(width)), one));
  const link = (end: string): Markup =>
    html`<a href="${folder}${encodeURIComponent(one.file)}.${end}">${end.toUpperCase()}</a>`;
  return html`<figure id="${one.id}"${one.isAlone && trusted(' class="full"')}>
<figcaption><h4>${one.title}</h4><p class="sub">${one.subtitle}. ${definitionLink(one.definition)}</p></figcaption>
<div class="chart" role="img" tabindex="0" aria-label="${one.alt}: ${one.title}. The data stand in the table below."><div class="wide" aria-hidden="true">${draw(one.isAlone ? aloneWidth : widths.wide)}</div><div class="phone" aria-hidden="true">${draw(widths.phone)}</div></div>
${one.formula && html`<p class="formula">${one.formula}</p>`}${one.footnotes.length > 0 && html`<ul class="footnotes">${one.footnotes.map((note) => html`<li>${note}</li>`)}</ul>`}
<p class="foot">${link('svg')} · ${link('png')} · ${link('csv')} · ${one.foot}</p>
<details><summary>The data of this chart</summary>${one.table}</details>
</figure>`;
}

/** Marks say what they show when pointed at; no script is needed for that. */
function withTitles(svg: string, { titles, marks, file }: SiteFigure): string {
  let next = 0;
  const title = (): string => `<title>${escapeHtml(titles[next++] ?? '')}</title>`;
  const titled =
    marks === 'dots'
      ? svg.replace(/><\/circle>/g, () => `>${title()}</circle>`)
      : svg.replace(
          /(<(path|rect)[^>]*fill="var\(--c\d\)")\/>/g,
          (_, head: string, tag: string) => `${head}>${title()}</${tag}>`,
        );
  invariant(next === titles.length, `${file}: ${next} marks were drawn of ${titles.length} values.`);
  return titled;
}

/** The figure's SVG and CSV. */
export function plainFiles(one: SiteFigure): { readonly svg: SiteFile; readonly csv: SiteFile } {
  const foot = one.formula === null ? one.foot : `${one.formula}. ${one.foot}`;
  const notes = one.footnotes.length === 0 ? '' : ` ${one.footnotes.join(' ')}`;
  return {
    svg: { name: `${one.file}.svg`, content: pictureOf({ ...one, foot: `${foot}${notes}` }) },
    csv: { name: `${one.file}.csv`, content: figureCsv(one) },
  };
}

/** Eighteen lines, grid, letters, and the shades between. */
const pictureColours = 64;

/** The picture as PNG. */
export async function pngFile(svg: SiteFile): Promise<SiteFile> {
  return { name: svg.name.replace(/svg$/, 'png'), content: await pngOf(String(svg.content), pictureColours) };
}
