import { downloadLink, safeName } from './downloads.ts';
import { formatInterval, formatMs, formatNumber, formatTime } from './format.ts';
import { html, type Markup } from './html.ts';
import { loadFigures } from './load-figures.ts';
import { generatorFinding, loadHeadline, loadLede } from './load-findings.ts';
import type { LoadPageData } from './load-page-data.ts';
import { generatorsTable, outcomesTables } from './load-tables.ts';
import { definitions } from './machine-section.ts';
import { renderPage } from './page.ts';

/** The page of a load run: the answer, how to repeat it, whether the generator kept up, the charts, the tables. No scripts, no network. */
export async function renderLoad(data: LoadPageData): Promise<string> {
  return renderPage({
    title: `${data.model} under load, ${formatTime(data.countedFrom)} · thinfer`,
    sections: html`${answerOf(data)}
<section id="evidence" class="figures" aria-label="Evidence">${await loadFigures(data)}</section>
${generatorsTable(data)}
${outcomesTables(data)}
<section id="details"><h2>Everything else</h2>
<details><summary>Settings and versions</summary>${definitions([...Object.entries(data.settings), ...Object.entries(data.versions)])}</details>
<details><summary>How to read this page</summary>${definitions(explanations)}</details></section>
${downloadsOf(data)}`,
    versions: data.versions,
    madeAt: data.madeAt,
  });
}

function answerOf(data: LoadPageData): Markup {
  const { model, countedFrom, command, verdict, ruled } = data;
  return html`<header>
<p class="kicker"><b>thinfer</b> · load on ${model} · ${formatTime(countedFrom)}</p>
<h1>${ruled?.headline ?? loadHeadline(data)}</h1>
<p class="lede">${loadLede(data)}</p>
<ul class="findings">${checksOf(data)}${thresholdsOf(data)}<li>${mark(verdict.generatorKeptUp)} ${generatorFinding(data)}</li></ul>
${[...(ruled?.notes ?? []), ...verdict.notes].map((note) => html`<p class="note">${note}</p>`)}
<p class="label" id="command">To repeat it</p>
<pre class="command" tabindex="0" aria-labelledby="command"><code>${command}</code></pre>
${tilesOf(data)}
</header>`;
}

const mark = (good: boolean): string => (good ? '✓' : '✗');

function checksOf({ ruled }: LoadPageData): Markup[] {
  return (ruled?.checks ?? []).map(({ text, met }) => {
    return html`<li>${mark(met)} <b>${met ? 'holds' : 'failed'}</b>: ${text}</li>`;
  });
}

function thresholdsOf({ verdict }: LoadPageData): Markup[] {
  return verdict.thresholds.map(({ text, value, failed }) => {
    return html`<li>${mark(!failed)} <b>${failed ? 'failed' : 'holds'}</b>: fails if ${text}; it is ${valueWords(text, value)}</li>`;
  });
}

/** A threshold's value is in ms, per second, a count, or a share. */
function valueWords(text: string, value: number | null): string {
  if (value === null) return 'not known, which fails';
  if (text.endsWith('%')) return `${formatNumber(100 * value)} % of the requests`;
  return /^(p\d|max|mean|slip)/.test(text) ? formatMs(value) : formatNumber(value);
}

function tilesOf({ summary, deadlineMs, open }: LoadPageData): Markup | null {
  const { latencyMs, answersPerSecond, goodputPerSecond, itemsPerSecond } = summary;
  if (latencyMs === null) return null;
  const from = open ? 'from the due moment' : 'from sending';
  const ofInterval = (ends: readonly [number, number] | null): string =>
    ends === null ? 'too few answers for an interval' : `95 % interval ${formatInterval(ends)}`;
  const tile = (color: string, name: string, value: string, unit: string, below: string): Markup =>
    html`<li><h2><i class="swatch" style="background:var(--${color})"></i>${name}</h2><p class="ratio"><b>${value}</b> ${unit}</p><p class="interval">${below}</p></li>`;
  return html`<ul class="tiles">${tile('plan', 'p50', formatNumber(latencyMs.p50), 'ms', `${ofInterval(latencyMs.p50Interval)}, ${from}`)}${tile('fat', 'p99', formatNumber(latencyMs.p99), 'ms', `${ofInterval(latencyMs.p99Interval)}, ${from}`)}${tile(
    'thin',
    deadlineMs === null ? 'answers' : 'goodput',
    formatNumber(deadlineMs === null ? answersPerSecond : goodputPerSecond),
    'a second',
    deadlineMs === null
      ? `right answers over the run; ${formatNumber(itemsPerSecond)} items a second`
      : `right answers within ${formatMs(deadlineMs)}, over the run; ${formatNumber(answersPerSecond)} with the late ones`,
  )}</ul>`;
}

const explanations: [string, string][] = [
  [
    'Counted',
    'Requests that were due after the warm-up. All of them are waited for, up to the time-out each.',
  ],
  [
    'Latency',
    'In an open loop from the moment a request was due by the schedule, also where it was sent late; in a closed loop from sending. To the last byte of the answer.',
  ],
  [
    'Percentiles',
    'Of single answers (ok, late, wrong), interpolated between neighbours, never averaged. Requests without an answer have no latency and are in no percentile.',
  ],
  [
    'Interval',
    'A 95 % confidence interval from order statistics, widened where neighbouring answers are alike.',
  ],
  ['Slip', 'How much later than its due moment a request was sent: the generator’s own delay.'],
  [
    'Goodput',
    'Right answers within the deadline per second, from the end of the warm-up to the last end of a counted request.',
  ],
];

function downloadsOf(data: LoadPageData): Markup {
  const base = `thinfer-load-${safeName(data.model)}`;
  return html`<section id="downloads"><h2>The data</h2><p>${downloadLink(`${base}.json`, 'application/json', `${JSON.stringify(data.document, null, 1)}\n`)} what thinfer load --json prints. Every chart has its own SVG, PNG and CSV below it; every single request is written by --out FILE.csv.</p></section>`;
}
