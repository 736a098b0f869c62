import { dataTable } from './figure.ts';
import { formatCount, formatNumber, formatPercent } from './format.ts';
import { html, type Markup, trusted } from './html.ts';
import { outcomeMeanings, outcomeWords } from './load-outcomes.ts';
import type { LoadPageData } from './load-page-data.ts';

/** Every generator of a merged run by its own numbers. */
export function generatorsTable({ generators }: LoadPageData): Markup | null {
  if (generators.length === 0) return null;
  const ms = (value: number | null): string => (value === null ? '–' : formatNumber(value));
  return html`<section id="generators"><h2>The generators</h2>${dataTable(
    'Each by its own requests and its own clock; the percentiles above are those of all requests together, not means of these',
    [
      { head: 'records' },
      { head: 'counted from' },
      { head: 'requests', numeric: true },
      { head: 'p99, ms', numeric: true },
      { head: 'slip p99, ms', numeric: true },
      { head: 'thread busy', numeric: true },
      { head: 'kept up' },
    ],
    generators.map(({ file, countedFrom, sent, p99Ms, slipP99Ms, busyShare, keptUp }) => [
      file,
      countedFrom,
      formatCount(sent),
      ms(p99Ms),
      ms(slipP99Ms),
      formatPercent(busyShare),
      keptUp ? 'yes' : 'no',
    ]),
  )}</section>`;
}

/** Outcomes, errors by kind, wrong answers. */
export function outcomesTables({ summary }: LoadPageData): Markup {
  const { counts, sent, kinds, wrong, retryAfter } = summary;
  const names = (Object.keys(counts) as (keyof typeof counts)[]).filter(
    (name) => name === 'ok' || counts[name] > 0,
  );
  return html`<section id="outcomes"><h2>How the requests ended</h2>
${dataTable(
  `Each of the ${formatCount(sent)} counted requests once`,
  [
    { head: 'outcome' },
    { head: 'requests', numeric: true },
    { head: 'share', numeric: true },
    { head: 'what it is' },
  ],
  names.map((name) => [
    outcomeWords[name],
    formatCount(counts[name]),
    `${formatNumber((100 * counts[name]) / Math.max(1, sent))} %`,
    outcomeMeanings[name],
  ]),
)}
${retryAfter > 0 && html`<p class="note">${formatCount(retryAfter)} of the refusals said when to come again.</p>`}
${
  kinds.length > 0 &&
  html`<h3${trusted(' class="label"')}>Errors by kind</h3>${dataTable(
    'Of the counted requests; the most frequent first, with the first message of each',
    [{ head: 'kind' }, { head: 'outcome' }, { head: 'requests', numeric: true }, { head: 'first message' }],
    kinds.map(({ kind, outcome, count, example }) => [
      kind,
      outcomeWords[outcome],
      formatCount(count),
      example,
    ]),
  )}`
}
${
  wrong.length > 0 &&
  html`<h3${trusted(' class="label"')}>Wrong answers</h3>${dataTable(
    'The first of them',
    [{ head: 'at, s' }, { head: 'input', numeric: true }, { head: 'difference' }],
    wrong.map(({ atMs, input, difference }) => [formatNumber(atMs / 1000), formatCount(input), difference]),
  )}`
}</section>`;
}
