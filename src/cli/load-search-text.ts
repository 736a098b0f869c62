import type { FoundRate, SearchEnd } from '../load/index.ts';
import { formatMs, formatNumber } from '../report/format.ts';
import { stepWords } from '../report/search-words.ts';
import { defaultLoadMs, type LoadFlags } from './load-flags.ts';
import type { OpenedTarget } from './load-target.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const endings: Readonly<Record<SearchEnd, string>> = {
  found: '',
  'none-holds': 'Not even the lowest rate that was tried holds.',
  unbounded: 'The highest rate that a step of this length may have holds; the limit lies above it.',
  generator:
    'The generator could not keep up, twice at the same rate, and the search ended: the limit of the server lies above the highest rate that held.',
  interrupted: 'The search was interrupted; this is what was found up to then.',
};

/** What a reader must know of a search, a sentence each. */
export function searchNotes({ ended, steps, limits }: FoundRate): string[] {
  const bounded = limits.find(({ metric }) => metric === 'p99');
  const unsure = steps.filter(
    ({ summary: { latencyMs } }) => latencyMs !== null && latencyMs.p99Interval === null,
  );
  const late = steps.filter(({ generatorKeptUp, state }) => !generatorKeptUp && state !== 'behind');
  return [
    ...(endings[ended] === '' ? [] : [endings[ended]]),
    ...(late.length > 0
      ? [
          `In ${late.length} of ${steps.length} steps the generator was late; it makes latencies longer and never shorter, so what held there holds.`,
        ]
      : []),
    ...(bounded !== undefined && unsure.length > 0
      ? [
          `${unsure.length} of ${steps.length} steps had too few answers for an interval of p99; the number alone decided them. A longer --duration has more.`,
        ]
      : []),
  ];
}

/** What a search found, in a sentence. */
export function searchHeadline({ names }: OpenedTarget, { rate, failedRate, limits }: FoundRate): string {
  const what = limits.map(({ text }) => text).join(' and ');
  if (rate === null)
    return `${names.model}: no rate that was tried holds ${what}${failedRate === null ? '' : `; ${formatNumber(failedRate)} requests/s do not`}`;
  const above = failedRate === null ? '' : `; ${formatNumber(failedRate)} do not`;
  return `${names.model}: ${formatNumber(rate)} requests/s hold ${what}${above}`;
}

/** What a search found, with its steps. */
export function formatSearch(
  flags: LoadFlags,
  opened: OpenedTarget,
  found: FoundRate,
  terminal: Terminal,
): string {
  const right = 'right' as const;
  const table = formatTable(
    found.steps,
    [
      { title: 'requests/s', align: right, value: ({ rate }) => formatNumber(rate) },
      { title: 'p50, ms', align: right, value: ({ summary }) => latency(summary.latencyMs?.p50) },
      { title: 'p99, ms', align: right, value: ({ summary }) => latency(summary.latencyMs?.p99) },
      { title: 'answers/s', align: right, value: ({ summary }) => formatNumber(summary.answersPerSecond) },
      { title: 'limits', value: ({ state, repeated }) => stepWords(state, repeated) },
      { title: 'why', value: ({ why }) => why },
    ],
    terminal.width,
  );
  const parts = [
    terminal.bold(searchHeadline(opened, found)),
    found.steps.length === 0 ? '' : table,
    [describeSteps(flags), ...searchNotes(found)].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** How each step is run: `poisson, 10.0 s a step after 2,000 ms of warm-up`. */
export function describeSteps({ arrivals, duration = defaultLoadMs, warmup }: LoadFlags): string {
  return `${arrivals.text}, ${formatMs(duration)} a step after ${formatMs(warmup)} of warm-up`;
}

const latency = (ms: number | undefined): string => (ms === undefined ? '–' : formatNumber(ms));
