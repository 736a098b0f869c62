import type { OutcomeCounts } from '../load/summary.ts';
import { formatCount } from './format.ts';
import { timeAxis } from './load-axis.ts';
import type { Lane } from './load-chart.ts';
import { clockOf, deadlineOf, type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords, overTimeFinding } from './load-findings.ts';
import { lanePaints, outcomeWords } from './load-outcomes.ts';
import type { LoadPageData } from './load-page-data.ts';
import { percentileColumns, percentileFields, percentilesChart } from './load-percentiles.ts';
import { type LoadWindow, leastAnswers } from './load-windows.ts';
import { paint } from './theme.ts';

/** Percentiles of each window, and above them what did not end well. */
export function overTimeFigure(data: LoadPageData, { foot, base }: FigureSource): LoadFigure {
  const { windows, windowMs } = data.evidence;
  const lanes = lanesOf(windows, data.summary.counts);
  return {
    id: 'over-time',
    file: `${base}-latency-over-time`,
    title: overTimeFinding(data),
    subtitle: `Latency of the answers to the requests due in each ${eachWords(windowMs)}, ${clockOf(data)}; ms, logarithmic.${lanes.length > 0 ? ' Above: requests that did not end well, as a share of those due.' : ''}`,
    note: `A window has a p50 from ${leastAnswers.p50} answers on, a p90 from ${leastAnswers.p90}, a p99 from ${leastAnswers.p99}.`,
    foot,
    chart: percentilesChart(windows, ({ fromMs, toMs }) => (fromMs + toMs) / 2, {
      x: timeAxis(windows.at(-1)!.toMs),
      xName: 'due, from the end of the warm-up',
      lanes,
      levels: deadlineOf(data),
    }),
    columns: [
      { name: 'from_s', head: 'from, s' },
      { name: 'to_s', head: 'to, s' },
      { name: 'due', head: 'due' },
      ...outcomeColumns(data.summary.counts).map((name) => ({ name, head: outcomeWords[name] })),
      { name: 'answers', head: 'answers' },
      ...percentileColumns,
    ],
    rows: windows.map((window) => [
      seconds(window.fromMs),
      seconds(window.toMs),
      window.due,
      ...outcomeColumns(data.summary.counts).map((name) => window.counts[name]),
      window.answers,
      ...percentileFields(window),
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
