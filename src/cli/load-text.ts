import type { LoadProgress, LoadSummary, LoadVerdict } from '../load/index.ts';
import { formatCount, formatInterval, formatMs, formatNumber } from '../report/format.ts';
import type { LoadFlags } from './load-flags.ts';
import { describeArrivals } from './load-trace.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** How outcomes are called on the terminal. */
const words = {
  late: 'late',
  wrong: 'wrong',
  refused: 'refused',
  failed: 'failed',
  timedOut: 'timed out',
  lost: 'without a connection',
  abandoned: 'cut off by the interrupt',
} as const;

/** How far a run is, for the live line. */
export function describeProgress({ sent, bad, pending, p99Ms }: LoadProgress): string {
  const p99 = p99Ms === null ? '' : `, p99 ${formatMs(p99Ms)}`;
  return `${formatCount(sent)} sent, ${formatCount(pending)} under way, ${formatCount(bad)} not ok${p99}`;
}

/** The last seconds beside the whole run, below the live line. */
export function progressRows({ recent, duePerSecond, p50Ms, p99Ms, counts }: LoadProgress): string[] {
  const ms = (value: number | null): string => (value === null ? '–' : formatMs(value)).padStart(9);
  const rate = (value: number): string => formatNumber(value).padStart(7);
  const due = duePerSecond === null ? '' : `due ${rate(duePerSecond)}   `;
  const others = (Object.keys(words) as (keyof typeof words)[])
    .filter((name) => counts[name] > 0)
    .map((name) => `${formatCount(counts[name])} ${words[name]}`);
  return [
    `  per second, last 5 s   ${due}sent ${rate(recent.sentPerSecond)}   answered ${rate(recent.answeredPerSecond)}`,
    `  latency, last 5 s      p50 ${ms(recent.p50Ms)}   p99 ${ms(recent.p99Ms)}`,
    `  latency, whole run     p50 ${ms(p50Ms)}   p99 ${ms(p99Ms)}`,
    ...(duePerSecond === null
      ? []
      : [`  sent late, last 5 s                    p99 ${ms(recent.slipP99Ms)}`]),
    ...(others.length > 0 ? [`  not ok                 ${others.join(', ')}`] : []),
  ];
}

/** What a run found, the answer first. */
export function formatLoad(
  model: string,
  flags: LoadFlags,
  summary: LoadSummary,
  verdict: LoadVerdict,
  terminal: Terminal,
): string {
  return formatSummary(headline(model, flags, summary), summary, verdict, terminal);
}

/** The numbers of a run below its headline. @param table Stands after the latencies. */
export function formatSummary(
  head: string,
  summary: LoadSummary,
  verdict: LoadVerdict,
  terminal: Terminal,
  table = '',
): string {
  const parts = [
    terminal.bold(head),
    latencyTable(summary, terminal.width),
    table,
    outcomeLines(summary),
    verdict.thresholds
      .map(
        ({ text, failed, value }) =>
          `${failed ? '✗ failed' : '✓ holds'}  ${text}${failed && value === null ? ' (not known)' : ''}`,
      )
      .join('\n'),
    verdict.notes.join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headline(
  model: string,
  flags: LoadFlags,
  { latencyMs, goodputPerSecond, itemsPerSecond, answersPerSecond }: LoadSummary,
): string {
  const how =
    flags.concurrency === undefined
      ? `open loop, ${flags.rate === undefined ? '' : `${formatNumber(flags.rate)} requests/s `}${describeArrivals(flags)}`
      : `closed loop of ${formatCount(flags.concurrency)}`;
  if (latencyMs === null) return `${model}: no answer (${how})`;
  const good =
    flags.deadline === undefined
      ? ''
      : `, ${formatNumber(goodputPerSecond)}/s within ${formatMs(flags.deadline)}`;
  return `${model}: p99 ${formatMs(latencyMs.p99)}, ${formatNumber(answersPerSecond)} answers/s${good}, ${formatNumber(itemsPerSecond)} items/s (${how})`;
}

function latencyTable({ latencyMs, slipMs }: LoadSummary, width: number): string {
  if (latencyMs === null) return '';
  const rows = (['p50', 'p90', 'p95', 'p99', 'p99.9', 'max'] as const).map((name) => ({
    name,
    ms: latencyMs[name],
    interval: name === 'p50' ? latencyMs.p50Interval : name === 'p99' ? latencyMs.p99Interval : null,
    slip: name === 'p50' || name === 'p99' || name === 'max' ? (slipMs?.[name] ?? null) : null,
  }));
  return formatTable(
    rows,
    [
      { title: 'latency', value: ({ name }) => name },
      { title: 'ms', align: 'right', value: ({ ms }) => formatNumber(ms) },
      {
        title: '95 % interval',
        align: 'right',
        value: ({ interval }) => (interval === null ? '–' : formatInterval(interval)),
      },
      ...(slipMs === null
        ? []
        : [
            {
              title: 'of it sent late',
              align: 'right' as const,
              value: ({ slip }: { slip: number | null }) => (slip === null ? '–' : formatNumber(slip)),
            },
          ]),
    ],
    width,
  );
}

function outcomeLines({ sent, sentPerSecond, counts, kinds, wrong, retryAfter }: LoadSummary): string {
  const others = Object.entries(words)
    .filter(([name]) => counts[name as keyof typeof words] > 0)
    .map(([name, word]) => `${formatCount(counts[name as keyof typeof words])} ${word}`);
  return [
    `${formatCount(sent)} requests (${formatNumber(sentPerSecond)}/s sent): ${[`${formatCount(counts.ok)} ok`, ...others].join(', ')}`,
    ...(retryAfter > 0 ? [`  ${formatCount(retryAfter)} refusals with Retry-After`] : []),
    ...kinds.slice(0, 5).map(({ kind, count, example }) => `  ${formatCount(count)} × ${kind}: ${example}`),
    ...wrong.slice(0, 3).map(({ input, difference }) => `  wrong, input ${input}: ${difference}`),
  ].join('\n');
}
