import { formatCount } from './format.ts';
import { logAxis, percentileAxis, timeAxis } from './load-axis.ts';
import { loadChart } from './load-chart.ts';
import type { QuantilePoint } from './load-distribution.ts';
import { byClock, curveLine, defined, type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords, slipFinding, slipOverTimeFinding } from './load-findings.ts';
import type { LoadPageData } from './load-page-data.ts';
import { paint } from './theme.ts';

/** How late requests were sent, over the percentile. */
export function slipFigure(
  data: LoadPageData,
  { foot, base }: FigureSource,
  slip: readonly QuantilePoint[],
): LoadFigure {
  const lines = [curveLine('slip', paint('other'), slip)];
  return {
    id: 'slip',
    file: `${base}-slip-distribution`,
    title: slipFinding(data),
    subtitle: `How much later than due each of the ${formatCount(data.summary.sent)} counted requests was sent, ${byClock(data)}; ms over the share of requests that were sent no later. It is part of the latency.`,
    foot,
    chart: (width) =>
      loadChart(
        {
          x: percentileAxis(data.summary.sent),
          y: logAxis(defined(lines[0]!.points.map(([, ms]) => ms))),
          xName: 'percentile',
          lines,
        },
        width,
      ),
    columns: [
      { name: 'quantile', head: 'share' },
      { name: 'slip_ms', head: 'slip, ms' },
    ],
    rows: slip.map(({ q, ms }) => [q, ms]),
  };
}

/** How late requests were sent, over time. */
export function slipOverTimeFigure(data: LoadPageData, { foot, base }: FigureSource): LoadFigure {
  const { windows, windowMs } = data.evidence;
  const lines = (
    [
      ['p50', 'plan', 'slipP50Ms'],
      ['p99', 'fat', 'slipP99Ms'],
      ['max', 'default', 'slipMaxMs'],
    ] as const
  ).map(([label, color, key]) => ({
    label,
    color: paint(color),
    isThin: key === 'slipMaxMs',
    points: windows.map((window) => {
      const value = window[key];
      return [(window.fromMs + window.toMs) / 2, value === null ? null : Math.max(value, 1e-3)] as const;
    }),
  }));
  return {
    id: 'slip-over-time',
    file: `${base}-slip-over-time`,
    title: slipOverTimeFinding(data),
    subtitle: `How much later than due the requests due in each ${eachWords(windowMs)} were sent, ${byClock(data)}; ms, logarithmic.`,
    foot,
    chart: (width) =>
      loadChart(
        {
          x: timeAxis(windows.at(-1)!.toMs),
          y: logAxis(defined(lines.flatMap(({ points }) => points.map(([, value]) => value)))),
          xName: 'due, from the end of the warm-up',
          lines,
        },
        width,
      ),
    columns: [
      { name: 'from_s', head: 'from, s' },
      { name: 'to_s', head: 'to, s' },
      { name: 'requests', head: 'requests' },
      { name: 'p50_ms', head: 'p50, ms' },
      { name: 'p99_ms', head: 'p99, ms' },
      { name: 'max_ms', head: 'max, ms' },
    ],
    rows: windows.map(({ fromMs, toMs, due, slipP50Ms, slipP99Ms, slipMaxMs }) => [
      seconds(fromMs),
      seconds(toMs),
      due,
      slipP50Ms,
      slipP99Ms,
      slipMaxMs,
    ]),
  };
}
