import { type FoundRate, findRate, type SearchEnd, type SearchStep } from '../load/index.ts';
import { formatMs, formatNumber } from '../report/format.ts';
import { defaultLoadMs, type LoadFlags } from './load-flags.ts';
import { requestsToJson } from './load-json.ts';
import { defaultPrecision } from './load-search-flags.ts';
import { type OpenedTarget, runOptions } from './load-target.ts';
import { describeProgress } from './load-text.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Where a search begins unless `--rate` says otherwise, in requests per second. */
const defaultStart = 10;

/**
 * `thinfer load … --find-rate`: searches the highest rate that holds the limits, and prints it with its steps. Gives the exit status: 1 where not even
 * the lowest rate holds, 4 where nothing was answered at all, 130 after an interrupt.
 */
export async function searchLoad(
  opened: OpenedTarget,
  flags: LoadFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  let text = '';
  const found = await findRate({
    run: {
      ...runOptions(opened, flags, signal),
      onProgress: (progress) =>
        terminal.progress.show({ text: `${text}: ${describeProgress(progress)}`, share: progress.share }),
    },
    itemsOf: opened.itemsOf,
    arrivals: flags.arrivals.shape,
    durationMs: flags.duration ?? defaultLoadMs,
    warmupMs: flags.warmup,
    seed: flags.seed,
    limits: flags.limit,
    startRate: flags.rate ?? defaultStart,
    precision: flags.precision ?? defaultPrecision,
    onStep: (rate, number) => {
      text = `step ${number}, ${formatNumber(rate)} requests/s`;
      terminal.progress.begin('load');
    },
  });
  terminal.print(
    terminal.json
      ? JSON.stringify(searchToJson(flags, opened, found), null, 2)
      : formatSearch(flags, opened, found, terminal),
  );
  return exitStatus(found);
}

function exitStatus({ ended, rate, steps }: FoundRate): number {
  if (ended === 'interrupted') return 130;
  if (rate !== null) return 0;
  return steps.every(({ summary }) => summary.latencyMs === null) ? 4 : 1;
}

/** The document of `thinfer load --find-rate --json`; its fields are in docs/json.md. */
function searchToJson(flags: LoadFlags, opened: OpenedTarget, found: FoundRate): object {
  return {
    target: opened.names,
    load: {
      arrivals: flags.arrivals.text,
      stepMs: flags.duration ?? defaultLoadMs,
      ...requestsToJson(flags, opened),
    },
    limits: found.limits.map(({ text }) => text),
    precision: flags.precision ?? defaultPrecision,
    startedAt: found.startedAt.toISOString(),
    rate: found.rate,
    failedRate: found.failedRate,
    ended: found.ended,
    steps: found.steps.map(stepToJson),
    notes: notesOf(found),
  };
}

function stepToJson({ rate, repeated, state, why, generatorKeptUp, summary }: SearchStep): object {
  const { sent, sentPerSecond, answersPerSecond, goodputPerSecond, counts, latencyMs, slipMs } = summary;
  return {
    rate,
    repeated,
    state,
    why,
    generatorKeptUp,
    sent,
    sentPerSecond,
    answersPerSecond,
    goodputPerSecond,
    outcomes: counts,
    latencyMs,
    slipMs,
  };
}

const endings: Readonly<Record<SearchEnd, string>> = {
  found: '',
  'none-holds': 'Not even the lowest rate that was tried holds.',
  unbounded: 'The highest rate that a step of this length may have holds; the limit lies above it.',
  generator:
    'The generator could not keep up, twice at the same rate, and the search ended: the limit of the server lies above the highest rate that held.',
  interrupted: 'The search was interrupted; this is what was found up to then.',
};

/** What a reader must know, a sentence each. */
function notesOf({ ended, steps, limits }: FoundRate): string[] {
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

function headline({ names }: OpenedTarget, { rate, failedRate, limits }: FoundRate): string {
  const what = limits.map(({ text }) => text).join(' and ');
  if (rate === null)
    return `${names.model}: no rate that was tried holds ${what}${failedRate === null ? '' : `; ${formatNumber(failedRate)} requests/s do not`}`;
  const above = failedRate === null ? '' : `; ${formatNumber(failedRate)} do not`;
  return `${names.model}: ${formatNumber(rate)} requests/s hold ${what}${above}`;
}

const words = { held: '✓ held', failed: '✗ failed', undecided: '? not sure', behind: '! generator' } as const;

function formatSearch(flags: LoadFlags, opened: OpenedTarget, found: FoundRate, terminal: Terminal): string {
  const right = 'right' as const;
  const table = formatTable(
    found.steps,
    [
      { title: 'requests/s', align: right, value: ({ rate }) => formatNumber(rate) },
      { title: 'p50, ms', align: right, value: ({ summary }) => latency(summary.latencyMs?.p50) },
      { title: 'p99, ms', align: right, value: ({ summary }) => latency(summary.latencyMs?.p99) },
      { title: 'answers/s', align: right, value: ({ summary }) => formatNumber(summary.answersPerSecond) },
      { title: 'limits', value: ({ state, repeated }) => `${words[state]}${repeated ? ' (again)' : ''}` },
      { title: 'why', value: ({ why }) => why },
    ],
    terminal.width,
  );
  const how = `${flags.arrivals.text}, ${formatMs(flags.duration ?? defaultLoadMs)} a step after ${formatMs(flags.warmup)} of warm-up`;
  const parts = [
    terminal.bold(headline(opened, found)),
    found.steps.length === 0 ? '' : table,
    [how, ...notesOf(found)].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const latency = (ms: number | undefined): string => (ms === undefined ? '–' : formatNumber(ms));
