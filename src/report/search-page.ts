import { downloadLink, safeName } from './downloads.ts';
import { drawFigure } from './draw-figure.ts';
import { dataTable } from './figure.ts';
import { formatCount, formatNumber, formatPlural, formatTime } from './format.ts';
import { html, type Markup } from './html.ts';
import { definitions } from './machine-section.ts';
import { renderPage } from './page.ts';
import { searchFigure } from './search-figure.ts';
import type { SearchPageData } from './search-page-data.ts';
import { stepWords } from './search-words.ts';

/** The page of a search for the highest rate: the answer, latency over rate, every step. No scripts, no network. */
export async function renderSearch(data: SearchPageData): Promise<string> {
  const figure = searchFigure(data);
  return renderPage({
    title: `${data.model}, the highest rate, ${formatTime(data.madeAt)} · thinfer`,
    sections: html`${answerOf(data)}
${figure && html`<section id="evidence" class="figures" aria-label="Evidence">${await drawFigure(figure)}</section>`}
${stepsTable(data)}
<section id="details"><h2>Everything else</h2>
<details><summary>Settings and versions</summary>${definitions([...Object.entries(data.settings), ...Object.entries(data.versions)])}</details></section>
${downloadsOf(data)}`,
    versions: data.versions,
    madeAt: data.madeAt,
  });
}

function answerOf({ model, madeAt, headline, steps, notes, command, found }: SearchPageData): Markup {
  return html`<header>
<p class="kicker"><b>thinfer</b> · the highest rate of ${model} · ${formatTime(madeAt)}</p>
<h1>${headline}</h1>
<p class="lede">${formatPlural(found.steps.length, 'step')}: ${steps}.</p>
${notes.map((note) => html`<p class="note">${note}</p>`)}
<p class="label" id="command">To repeat it</p>
<pre class="command" tabindex="0" aria-labelledby="command"><code>${command}</code></pre>
</header>`;
}

function stepsTable({ found }: SearchPageData): Markup {
  const columns = ['requests/s', 'requests', 'answers/s'].map((head) => ({ head, numeric: true }));
  return html`<section id="steps"><h2>The steps</h2>${dataTable(
    'In the order in which they were run; a limit is decided where the 95 % interval lies on one side of it',
    [...columns, { head: 'limits' }, { head: 'why' }],
    found.steps.map(({ rate, summary, state, repeated, why }) => [
      formatNumber(rate),
      formatCount(summary.sent),
      formatNumber(summary.answersPerSecond),
      stepWords(state, repeated),
      why,
    ]),
  )}</section>`;
}

function downloadsOf({ model, document }: SearchPageData): Markup {
  const name = `thinfer-load-${safeName(model)}.json`;
  return html`<section id="downloads"><h2>The data</h2><p>${downloadLink(name, 'application/json', `${JSON.stringify(document, null, 1)}\n`)} what thinfer load --find-rate --json prints. The chart has its own SVG, PNG and CSV below it.</p></section>`;
}
