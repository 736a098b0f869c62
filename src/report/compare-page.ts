import type { ComparedCell } from '../compare/index.ts';
import { compareCsv } from './compare-csv.ts';
import { compareFigures, seriesOfCells } from './compare-figures.ts';
import type { ComparePageData } from './compare-page-data.ts';
import {
  cellName,
  compareFindings,
  compareHeadline,
  formatExactShare,
  quotientFormat,
} from './compare-words.ts';
import { downloadLink, safeName } from './downloads.ts';
import { drawFigure } from './draw-figure.ts';
import { dataTable } from './figure.ts';
import { formatInterval, formatMs, formatPlural, formatTime } from './format.ts';
import { type Content, html, type Markup } from './html.ts';
import { definitions } from './machine-section.ts';
import { renderPage } from './page.ts';

/** The page of a comparison: what differs around it first, then the verdict's evidence. Equal data gives equal bytes. */
export async function renderCompare(data: ComparePageData): Promise<string> {
  const figures: Markup[] = [];
  for (const figure of compareFigures(data)) figures.push(await drawFigure(figure));
  return renderPage({
    title: `${data.b.label} against ${data.a.label} · thinfer`,
    sections: html`${answerOf(data)}
${environmentOf(data)}
<section id="evidence" class="figures" aria-label="Evidence">${figures}</section>
${cellsOf(data)}
<section id="details"><h2>Everything else</h2>
<details open><summary>How to read this page</summary>${definitions(explanations(data))}</details></section>
${downloadsOf(data)}`,
    versions: data.versions,
    madeAt: data.madeAt,
  });
}

function answerOf(data: ComparePageData): Markup {
  const { a, b, madeAt, command } = data;
  const findings = compareFindings(data).map((finding) => html`<li>${finding}</li>`);
  return html`<header>
<p class="kicker"><b>thinfer</b> · B, ${b.text} (${b.kind}, ${formatPlural(b.cells, 'cell')}), against A, ${a.text} (${a.kind}, ${formatPlural(a.cells, 'cell')}) · ${formatTime(madeAt)}</p>
<h1>${compareHeadline(data)}</h1>
<ul class="findings">${findings}</ul>
<p class="label" id="command">To repeat it</p>
<pre class="command" tabindex="0" aria-labelledby="command"><code>${command}</code></pre>
</header>`;
}

function environmentOf({ environment, unmatched, varied }: ComparePageData): Markup {
  const differing = environment.filter(({ differs }) => differs);
  const same = environment.filter(({ differs }) => !differs);
  const columns = [{ head: '' }, { head: 'A' }, { head: 'B' }];
  const value = (values: readonly string[]): Content =>
    values.length === 0 ? 'not known' : values.join('; ');
  const rowsOf = (rows: ComparePageData['environment']): Content[][] =>
    rows.map(({ name, a, b }) => [name, value(a), value(b)]);
  const title =
    differing.length === 0
      ? 'Nothing that is known of the environment differs'
      : 'What differs besides the latencies';
  return html`<section id="environment"><h2>${title}</h2>
${differing.length > 0 && dataTable('What differs between A and B', columns, rowsOf(differing))}
${varied.length > 0 && html`<p class="note">Cells were matched whatever their ${varied.join(', ')}.</p>`}
${unmatched.length > 0 && html`<p class="note">Known of one side only, and not matched by: ${unmatched.join(', ')}.</p>`}
<details><summary>What is the same, or known of one side only</summary>${dataTable('What is the same', columns, rowsOf(same))}</details></section>`;
}

function cellsOf({ comparison, threshold }: ComparePageData): Markup {
  const formatOf = quotientFormat(threshold);
  const columns = [
    { head: 'cell' },
    { head: 'A', numeric: true },
    { head: 'B', numeric: true },
    { head: 'B over A', numeric: true },
    { head: 'interval', numeric: true },
    { head: 'visits', numeric: true },
    { head: 'verdict' },
  ];
  const shown = mostTelling(comparison.cells);
  const left = comparison.cells.length - shown.length;
  const tables = seriesOfCells(shown).map(({ name, cells }) =>
    dataTable(
      name === '' ? 'All cells' : name,
      columns,
      cells.map((cell) => rowOf(cell, formatOf)),
    ),
  );
  return html`<section id="cells"><h2>${left > 0 ? 'The cells that tell most' : 'Every cell'}</h2>${left > 0 && html`<p class="note">${formatPlural(left, 'more cell')} without a difference or a verdict stand in the data below.</p>`}${tables}</section>`;
}

/** More rows than these make a page slow. */
const mostRows = 1000;

/** All cells, or those that were shown to differ and the first of the others, in their order. */
function mostTelling(cells: readonly ComparedCell[]): readonly ComparedCell[] {
  if (cells.length <= mostRows) return cells;
  const rank = ({ verdict, regression }: ComparedCell): number =>
    regression ? 0 : verdict === 'slower' || verdict === 'faster' ? 1 : 2;
  const kept = new Set(cells.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostRows));
  return cells.filter((cell) => kept.has(cell));
}

const orDash = (value: number | null, format: (value: number) => string): string =>
  value === null ? '–' : format(value);

function rowOf(cell: ComparedCell, formatOf: (ratio: number) => string): Content[] {
  const { a, b, ratio, interval, visitsA, visitsB, because } = cell;
  const verdict = cell.regression ? html`<b>${cell.verdict}, beyond the threshold</b>` : cell.verdict;
  return [
    cellName(cell),
    orDash(a, formatMs),
    orDash(b, formatMs),
    orDash(ratio, formatOf),
    interval === null ? '–' : formatInterval(interval, formatOf),
    visitsA === null && visitsB === null ? '–' : `${visitsA ?? '–'}, ${visitsB ?? '–'}`,
    because === null
      ? verdict
      : html`${cell.regression ? html`<b>failed only in B</b>` : (cell.obstacle ?? '')}: ${because}`,
  ];
}

const explanations = ({ alpha, threshold }: ComparePageData): [string, string][] => [
  [
    'Latency',
    'Of each visit (a stretch of runs without a break) the median; of those the geometric mean. Of an imported table: its average.',
  ],
  ['B over A', 'Latency of B divided by that of A in the same cell. 1.10: B takes 10 % longer.'],
  [
    'Interval',
    `Where the true ratio lies, by how far visits of one cell lie apart. All intervals of this page, the mean’s included, hold at once in ${formatExactShare(1 - alpha)} of such comparisons: each has the confidence 1 − ${alpha} / their number (Bonferroni), by Student’s t. From 20 cells on, cells lend each other what is usual among them (moderated variances).`,
  ],
  [
    'Slower, faster',
    'The whole interval lies above, or below, 1. Everything else is no difference shown, which is not that there is none: the interval says how large it may be.',
  ],
  [
    'Beyond the threshold',
    `The whole interval lies above 1 by more than ${formatExactShare(threshold)}, or the cell was measured in A and failed in B.`,
  ],
  [
    'Geometric mean',
    'Of the ratios of all cells that were compared, each counting the same. Its interval is that of the cells’ own errors, or of how far the cells lie apart, whichever is wider.',
  ],
  [
    'Not comparable',
    'Missing on one side, failed, resting on the same runs in A and B, disturbed, measured in a single visit, of another model or method, or known as an average only. The ratio is shown where there is one.',
  ],
  [
    'What no interval holds',
    'What changed between the two measurements as a whole, such as a neighbour on the same machine all along, shows as a difference. Measure both sides again, in turn, where it matters.',
  ],
];

function downloadsOf(data: ComparePageData): Markup {
  const base = `thinfer-compare-${safeName(data.a.label)}-${safeName(data.b.label)}`;
  return html`<section id="downloads"><h2>The data</h2><p>${downloadLink(`${base}.csv`, 'text/csv', compareCsv(data))} a row per cell · ${downloadLink(`${base}.json`, 'application/json', compareJson(data))} everything on this page</p></section>`;
}

/** The page's data as JSON: exactly `ComparePageData`. */
export function compareJson(data: ComparePageData): string {
  return `${JSON.stringify(data, null, 1)}\n`;
}
