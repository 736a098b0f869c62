import { downloadLink, safeName } from './downloads.ts';
import { formatCount, formatTime } from './format.ts';
import { html, type Markup, trusted } from './html.ts';
import { definitions, machineSection } from './machine-section.ts';
import { renderPage } from './page.ts';
import { coresFigures } from './study-cores-figures.ts';
import { studyCsv } from './study-csv.ts';
import type { StudyReportData } from './study-data.ts';
import { studyFindings, studyHeadline } from './study-findings.ts';
import { instancesFigures } from './study-instances-figures.ts';

/** The page of a study: what was found, the command, the charts, the machine, the data. Equal data gives equal bytes. */
export function renderStudy(data: StudyReportData): string {
  const { model, machine, study, versions, madeAt } = data;
  return renderPage({
    title: `${model.name}, study ${study.study}, on ${machine.cpuModel} · thinfer`,
    sections: html`${answerOf(data)}
<section id="evidence" class="figures" aria-label="Evidence">${study.study === 'cores' ? coresFigures(data, study) : instancesFigures(data, study)}</section>
${failuresOf(data)}
${machineSection(machine)}
<section id="details"><h2>Everything else</h2>
<details><summary>Settings and versions</summary>${definitions([...Object.entries(data.settings), ...Object.entries(versions)])}</details>
<details><summary>How to read this page</summary>${definitions(explanations)}</details></section>
${downloadsOf(data)}`,
    versions,
    madeAt,
  });
}

/** More sentences than these are set small, so that the charts stay near. */
const mostLarge = 3;

function answerOf(data: StudyReportData): Markup {
  const { model, machine, study, madeAt, command } = data;
  const findings = studyFindings(study).map((finding) => html`<li>${finding}</li>`);
  return html`<header>
<p class="kicker"><b>thinfer</b> · study ${study.study} of ${model.name} on ${machine.cpuModel}, ${formatCount(machine.usable.length)} of ${formatCount(machine.physicalCores)} cores · ${formatTime(madeAt)}</p>
<h1>${studyHeadline(model.name, study)}</h1>
<ul class="findings${trusted(findings.length > mostLarge ? '' : ' lede')}">${findings}</ul>
<p class="label" id="command">To repeat it</p>
<pre class="command" tabindex="0" aria-labelledby="command"><code>${command}</code></pre>
</header>`;
}

function failuresOf({ study }: StudyReportData): Markup | null {
  if (study.failures.length === 0) return null;
  const rows = study.failures.map(({ place, message }) => html`<li>${place}: ${message}</li>`);
  return html`<section id="left-out"><h2>Without a figure</h2><ul class="plain">${rows}</ul></section>`;
}

const explanations: [string, string][] = [
  [
    'Interval',
    'The 95 % confidence interval of a median. That of a ratio goes from the least to the largest quotient of the two intervals’ ends, so it covers at least 95 %.',
  ],
  [
    'Slowest instance',
    'Instances run again and again at the same time. Of runs with the same number the slowest counts; the median of those is shown.',
  ],
  ['Sum', 'Of the same runs, the sum of batch over latency; the median of those sums.'],
  [
    'Disturbed',
    'Something named spoiled the measurement: other load, a throttled quota, a changing clock. Such points are drawn hollow.',
  ],
];

function downloadsOf(data: StudyReportData): Markup {
  const base = `thinfer-${safeName(data.model.name)}-study-${data.study.study}`;
  return html`<section id="downloads"><h2>The data</h2><p>${downloadLink(`${base}.csv`, 'text/csv', studyCsv(data))} a row per point · ${downloadLink(`${base}.json`, 'application/json', studyJson(data))} everything on this page</p></section>`;
}

/** The page's data as JSON: exactly `StudyReportData`. */
export function studyJson(data: StudyReportData): string {
  return `${JSON.stringify(data, null, 1)}\n`;
}
