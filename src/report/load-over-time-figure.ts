import type { OutcomeCounts } from '../load/summary.ts';
import { formatCount } from './format.ts';
import { logAxis, timeAxis } from './load-axis.ts';
import { type Lane, type LoadLine, loadChart } from './load-chart.ts';
import { clockOf, deadlineOf, defined, type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords, overTimeFinding } from './load-findings.ts';
import { lanePaints, outcomeWords } from './load-outcomes.ts';
import type { LoadPageData } from './load-page-data.ts';
import { type LoadWindow, leastAnswers } from './load-windows.ts';
import { paint } from './theme.ts';

/** Percentiles of each window, and above them what did not end well. */
export function overTimeFigure(data: LoadPageData, { foot, base }: FigureSource): LoadFigure {
  const { windows, windowMs } = data.evidence;
  const spanMs = windows.at(-1)!.toMs;
  const lineOf = (label: string, color: string, pick: (window: LoadWindow) => number | null): LoadLine => ({
    label,
    color,
    points: windows.map((window) => [(window.fromMs + window.toMs) / 2, pick(window)]),
  });
  const lines = [
    lineOf('p50', paint('plan'), ({ p50Ms }) => p50Ms),
    lineOf('p90', paint('thin'), ({ p90Ms }) => p90Ms),
    lineOf('p99', paint('fat'), ({ p99Ms }) => p99Ms),
  ].filter(({ points }) => points.some(([, value]) => value !== null));
  const y = logAxis(defined(windows.flatMap(({ p50Ms, p90Ms, p99Ms }) => [p50Ms, p90Ms, p99Ms])));
  const lanes = lanesOf(windows, data.summary.counts);
  return {
    id: 'over-time',
    file: `${base}-latency-over-time`,
    title: overTimeFinding(data),
    subtitle: `Latency of the answers to the requests due in each ${eachWords(windowMs)}, ${clockOf(data)}; ms, logarithmic.${lanes.length > 0 ? ' Above: requests that did not end well, as a share of those due.' : ''}`,
    note: `A window has a p50 from ${leastAnswers.p50} answers on, a p90 from ${leastAnswers.p90}, a p99 from ${leastAnswers.p99}.`,
    foot,
    chart: (width) =>
      loadChart(
        {
          x: timeAxis(spanMs),
          y,
          xName: 'due, from the end of the warm-up',
          lines,
          lanes,
          level: deadlineOf(data),
        },
        width,
      ),
    columns: [
      { name: 'from_s', head: 'from, s' },
      { name: 'to_s', head: 'to, s' },
      { name: 'due', head: 'due' },
      ...outcomeColumns(data.summary.counts).map((name) => ({ name, head: outcomeWords[name] })),
      { name: 'answers', head: 'answers' },
      { name: 'p50_ms', head: 'p50, ms' },
      { name: 'p90_ms', head: 'p90, ms' },
      { name: 'p99_ms', head: 'p99, ms' },
    ],
    rows: windows.map((window) => [
      seconds(window.fromMs),
      seconds(window.toMs),
      window.due,
      ...outcomeColumns(data.summary.counts).map((name) => window.counts[name]),
      window.answers,
      window.p50Ms,
      window.p90Ms,
      window.p99Ms,
    ]),
  };
}

/** The outcomes that there were, `ok` always. */
function outcomeColumns(counts: OutcomeCounts): (keyof OutcomeCounts)[] {
  return (Object.keys(counts) as (keyof OutcomeCounts)[]).filter((name) => name === 'ok' || counts[name] > 0);
}

function lanesOf(windows: readonly LoadWindow[], counts: OutcomeCounts): Lane[] {
  return outcomeColumns(counts)
    .filter((name) => name !== 'ok')
    .map((name) => ({
      label: `${outcomeWords[name]} ${formatCount(counts[name])}`,
      color: paint(lanePaints[name]),
      marks: windows
        .filter((window) => window.counts[name] > 0)
        .map(({ fromMs, toMs, due, counts: own }) => ({ from: fromMs, to: toMs, share: own[name] / due })),
    }));
}
