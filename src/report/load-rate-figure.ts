import { linearAxis, logAxis } from './load-axis.ts';
import { loadChart } from './load-chart.ts';
import { clockOf, deadlineOf, defined, type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords, rateFinding } from './load-findings.ts';
import type { LoadPageData } from './load-page-data.ts';
import { paint } from './theme.ts';

/** Latency over the rate at which requests came. */
export function rateFigure(
  data: LoadPageData,
  { foot, base }: FigureSource,
  { bins, widthMs }: NonNullable<LoadPageData['evidence']['byRate']>,
): LoadFigure {
  const lines = (
    [
      ['p50', 'plan', 'p50Ms'],
      ['p90', 'thin', 'p90Ms'],
      ['p99', 'fat', 'p99Ms'],
    ] as const
  )
    .map(([label, color, key]) => ({
      label,
      color: paint(color),
      points: bins.map((bin) => [bin.perSecond, bin[key]] as const),
    }))
    .filter(({ points }) => points.some(([, value]) => value !== null));
  return {
    id: 'over-rate',
    file: `${base}-latency-over-rate`,
    title: rateFinding(data),
    subtitle: `Latency of the answers to the requests due while they came at about the same rate, ${clockOf(data)}; ms, logarithmic, over requests due per second in each ${eachWords(widthMs)}. A percentile is that of all answers of its rate together.`,
    note: 'A queue that an earlier rush left behind counts with the rate at which its victims came.',
    foot,
    chart: (width) =>
      loadChart(
        {
          x: linearAxis(Math.max(...bins.map(({ perSecond }) => perSecond))),
          y: logAxis(defined(lines.flatMap(({ points }) => points.map(([, value]) => value)))),
          xName: 'requests due per second',
          lines,
          level: deadlineOf(data),
        },
        width,
      ),
    columns: [
      { name: 'due_per_s', head: 'due/s' },
      { name: 'seconds', head: 'for, s' },
      { name: 'due', head: 'due' },
      { name: 'ok', head: 'ok' },
      { name: 'answers', head: 'answers' },
      { name: 'p50_ms', head: 'p50, ms' },
      { name: 'p90_ms', head: 'p90, ms' },
      { name: 'p99_ms', head: 'p99, ms' },
    ],
    rows: bins.map((bin) => [
      bin.perSecond,
      seconds(bin.totalMs),
      bin.due,
      bin.ok,
      bin.answers,
      bin.p50Ms,
      bin.p90Ms,
      bin.p99Ms,
    ]),
  };
}
