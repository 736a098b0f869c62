import { downloadLink, safeName } from './downloads.ts';
import { drawFigure } from './draw-figure.ts';
import { formatTime } from './format.ts';
import { html, type Markup } from './html.ts';
import type { FigureSource, LoadFigure } from './load-figure.ts';
import { definitions } from './machine-section.ts';
import { renderPage } from './page.ts';
import { arrivalsFigure, latencyFigure } from './simulate-figures.ts';
import type { SimulatePageData } from './simulate-page-data.ts';
import { changesTables, policiesTable } from './simulate-tables.ts';
import { batchesFigure, timelineFigure } from './simulate-timeline-figure.ts';
import { windowsOf } from './simulate-windows.ts';
import { headlineOf, ledeOf } from './simulate-words.ts';

/** The page of a simulation: what was found, what happened when, every policy, every change. No scripts, no network. */
export async function renderSimulation(data: SimulatePageData): Promise<string> {
  const { versions, madeAt, settings } = data;
  const figures = await Promise.all(figuresOf(data).map(drawFigure));
  return renderPage({
    title: `${data.subject}, simulated, ${formatTime(madeAt)} · thinfer`,
    sections: html`${answerOf(data)}
${policiesTable(data)}
<section id="evidence" class="figures" aria-label="Evidence">${figures}</section>
${changesTables(data)}
<section id="details"><h2>Everything else</h2>
<details><summary>Settings and versions</summary>${definitions([...Object.entries(settings), ...Object.entries(versions)])}</details></section>
${downloadsOf(data)}`,
    versions,
    madeAt,
  });
}

function answerOf(data: SimulatePageData): Markup {
  const { subject, madeAt, command } = data;
  return html`<header>
<p class="kicker"><b>thinfer</b> · simulation of ${subject} · ${formatTime(madeAt)}</p>
<h1>${headlineOf(data)}</h1>
<p class="lede">${ledeOf(data)}</p>
<p class="label" id="command">To repeat it</p>
<pre class="command" tabindex="0" aria-labelledby="command"><code>${command}</code></pre>
</header>`;
}

/** The load, the latency of all, and of each policy that changes its set what it did. */
function figuresOf(data: SimulatePageData): LoadFigure[] {
  const { subject, versions, cores, madeAt, policies } = data;
  const source: FigureSource = {
    foot: `Source: thinfer simulate ${versions['thinfer'] ?? ''} · ${subject} on ${cores} cores · ${madeAt.slice(0, 10)}`,
    base: safeName(subject),
  };
  const windows = windowsOf(data);
  return [
    arrivalsFigure(data, windows, source),
    latencyFigure(data, windows, source),
    ...policies
      .filter(({ changes }) => changes.length > 0)
      .flatMap((policy) => [
        timelineFigure(data, policy, windows, source),
        ...(policy.batches.items.length > 0 ? [batchesFigure(policy, windows, source)] : []),
      ]),
  ];
}

function downloadsOf({ subject, document }: SimulatePageData): Markup {
  const name = `thinfer-simulate-${safeName(subject)}.json`;
  return html`<section id="downloads"><h2>The data</h2><p>${downloadLink(name, 'application/json', `${JSON.stringify(document, null, 1)}\n`)} what thinfer simulate --json prints. Every chart has its own SVG, PNG and CSV below it.</p></section>`;
}
