import { formatCount, formatMs, formatNumber, formatPlural } from './format.ts';
import { outcomeWords } from './load-outcomes.ts';
import type { LoadPageData } from './load-page-data.ts';
import { tellingPercentile } from './load-percentiles.ts';
import { leastAnswers } from './load-windows.ts';

/** The answer of a run as one sentence: what half and 99 % of its answers took, and at what rate. */
export function loadHeadline({ model, open, summary, loop }: LoadPageData): string {
  const { latencyMs, sentPerSecond, answersPerSecond } = summary;
  if (latencyMs === null) return `${model}: none of ${formatPlural(summary.sent, 'request')} was answered`;
  const when = open ? `at ${formatNumber(sentPerSecond)} requests/s` : `to a ${loop}`;
  const rate = open ? '' : `, ${formatNumber(answersPerSecond)} a second`;
  const tail =
    latencyMs.count < leastAnswers.p99
      ? `the slowest of ${formatCount(latencyMs.count)} ${formatMs(latencyMs.max)}`
      : `p99 ${formatMs(latencyMs.p99)}`;
  return `${model} answers ${when} with p50 ${formatMs(latencyMs.p50)} and ${tail}${rate}`;
}

/** How many ended how, and goodput where there is a deadline. */
export function loadLede({ summary, deadlineMs, loop }: LoadPageData): string {
  const { counts, sent, windowMs, goodputPerSecond, latencyMs } = summary;
  const others = (Object.keys(counts) as (keyof typeof counts)[])
    .filter((name) => name !== 'ok' && counts[name] > 0)
    .map((name) => `${formatCount(counts[name])} ${outcomeWords[name]}`);
  const ended = counts.ok === sent ? 'all ok' : [`${formatCount(counts.ok)} ok`, ...others].join(', ');
  const good =
    deadlineMs === null || latencyMs === null
      ? ''
      : ` Within the deadline of ${formatMs(deadlineMs)} came ${formatNumber(goodputPerSecond)} answers a second (goodput), ${share(counts.ok, sent)} of all requests.`;
  return `${formatPlural(sent, 'request')} in ${at(windowMs)}, ${loop}: ${ended}.${good}`;
}

/** Whether the generator, and so each number, may be trusted. */
export function generatorFinding({ summary, verdict, busyShare, generators }: LoadPageData): string {
  const who = generators.length > 1 ? `The ${formatCount(generators.length)} generators` : 'The generator';
  const slip =
    summary.slipMs === null
      ? ''
      : ` 99 % of the requests were sent within ${formatMs(summary.slipMs.p99)} of their due moment, the latest after ${formatMs(summary.slipMs.max)};`;
  const busy = `${generators.length > 1 ? ' the busiest' : slip === '' ? ' its thread' : ' its thread'} was busy ${(busyShare * 100).toFixed(0)} % of the time.`;
  return `${who} ${verdict.generatorKeptUp ? 'kept up' : 'could not keep up'}:${slip}${busy}`;
}

/** A share that is not rounded to all or none while there is one that says otherwise. */
function share(part: number, whole: number): string {
  const percent = (100 * part) / Math.max(1, whole);
  const digits = percent > 99 || percent < 1 ? 2 : 1;
  const text = percent.toFixed(digits);
  if (part < whole && Number(text) === 100) return 'nearly 100 %';
  return part > 0 && Number(text) === 0 ? 'nearly 0 %' : `${Number(text)} %`;
}

/** The length of a window as it follows `each`: `second`, `200 ms`, `5 s`. */
export function eachWords(ms: number): string {
  if (ms === 1000) return 'second';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${Number((ms / 1000).toFixed(1))} s` : `${Number((ms / 60_000).toFixed(1))} min`;
}

const at = (ms: number): string =>
  ms < 300_000 ? `${formatNumber(ms / 1000)} s` : `${formatNumber(ms / 60_000)} min`;

/** Where the slowest stretch of a run lies, against the usual one. */
export function overTimeFinding({ evidence: { windows } }: LoadPageData): string {
  const telling = tellingPercentile(windows, Math.max(1, windows.length / 2));
  if (telling === null) return 'There are too few answers for percentiles of most windows';
  const { name, known } = telling;
  const sorted = known.toSorted((a, b) => a.ms - b.ms);
  const worst = sorted.at(-1)!;
  const usual = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return worst.ms > 2 * usual.ms
    ? `${name} is ${formatMs(usual.ms)} in the usual window and ${formatMs(worst.ms)} in the worst, from ${at(worst.place.fromMs)} on`
    : `${name} stays between ${formatMs(sorted[0]!.ms)} and ${formatMs(worst.ms)} from one window to the next`;
}

/** How many requests came and went. */
export function flowFinding({ summary, open }: LoadPageData): string {
  const { sentPerSecond, answersPerSecond, sent, counts } = summary;
  const wrong = counts.wrong > 0 ? ' right' : '';
  if (!open)
    return `${formatNumber(answersPerSecond)}${wrong} answers came each second, as fast as the clients asked`;
  return `${formatNumber(sentPerSecond)} requests were sent each second, and ${formatCount(counts.ok + counts.late)} of ${formatCount(sent)} were answered${wrong}`;
}

/** The distribution in one sentence. */
export function distributionFinding({ summary }: LoadPageData): string {
  const latency = summary.latencyMs;
  if (latency === null) return 'Nothing was answered';
  const tail = latency.count < leastAnswers.p99 ? '' : ` 99 % up to ${formatMs(latency.p99)},`;
  return `Half of the answers took up to ${formatMs(latency.p50)},${tail} the slowest ${formatMs(latency.max)}`;
}

/** What the rate does to the tail. */
export function rateFinding({ evidence }: LoadPageData): string {
  const { bins } = evidence.byRate!;
  const telling = tellingPercentile(bins, 2);
  if (telling === null)
    return `Requests came at ${formatNumber(bins[0]!.perSecond)} to ${formatNumber(bins.at(-1)!.perSecond)} a second`;
  const [first, last] = [telling.known[0]!, telling.known.at(-1)!];
  return `${telling.name} is ${formatMs(first.ms)} at ${formatNumber(first.place.perSecond)} requests/s and ${formatMs(last.ms)} at ${formatNumber(last.place.perSecond)}`;
}

/** How late the generator was. */
export function slipFinding({ summary }: LoadPageData): string {
  const { slipMs } = summary;
  if (slipMs === null) return 'There was no schedule';
  return `Half of the requests were sent within ${formatMs(slipMs.p50)} of their due moment, 99 % within ${formatMs(slipMs.p99)}, the latest after ${formatMs(slipMs.max)}`;
}

/** When the generator was latest. */
export function slipOverTimeFinding({ evidence }: LoadPageData): string {
  const worst = evidence.windows
    .filter(({ slipMaxMs }) => slipMaxMs !== null)
    .toSorted((a, b) => b.slipMaxMs! - a.slipMaxMs!)[0];
  if (worst === undefined) return 'No request was due';
  return `The latest sending, ${formatMs(worst.slipMaxMs!)} after it was due, lies in the window from ${at(worst.fromMs)} on`;
}
