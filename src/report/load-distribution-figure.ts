import { formatCount } from './format.ts';
import { logAxis, percentileAxis } from './load-axis.ts';
import { loadChart } from './load-chart.ts';
import {
  clockOf,
  curveLine,
  deadlineOf,
  defined,
  type FigureSource,
  type LoadFigure,
} from './load-figure.ts';
import { distributionFinding } from './load-findings.ts';
import type { LoadPageData } from './load-page-data.ts';
import { paint } from './theme.ts';

/** Latency over its percentile; only of a run with answers. */
export function distributionFigure(data: LoadPageData, { foot, base }: FigureSource): LoadFigure {
  const { fromDue, fromSending } = data.evidence;
  const latency = data.summary.latencyMs!;
  // Below the median a slip of microseconds may be a large share, and is nothing.
  const differs = fromDue.some(({ q, ms }, index) => q >= 0.5 && ms > fromSending[index]!.ms * 1.05);
  const lines = [
    curveLine(data.open ? 'from due' : 'latency', paint('plan'), fromDue),
    ...(differs ? [curveLine('from sending', paint('default'), fromSending, true)] : []),
  ];
  const intervals = [
    { x: 0.5, ends: latency.p50Interval },
    { x: 0.99, ends: latency.p99Interval },
  ].flatMap(({ x, ends }) => (ends === null ? [] : [{ x, ends, color: paint('plan') }]));
  const values = [
    ...lines.flatMap(({ points }) => points.map(([, ms]) => ms)),
    ...intervals.flatMap(({ ends }) => ends),
  ];
  return {
    id: 'distribution',
    file: `${base}-latency-distribution`,
    title: distributionFinding(data),
    subtitle: `Latency of all ${formatCount(latency.count)} answers (ok, late and wrong), ${clockOf(data)}; ms over the share of answers that took no longer. Bars: 95 % intervals of p50 and p99.${differs ? ' Thin: the same answers from sending.' : ''}`,
    foot,
    chart: (width) =>
      loadChart(
        {
          x: percentileAxis(latency.count),
          y: logAxis(defined(values)),
          xName: 'percentile',
          lines,
          intervals,
          levels: deadlineOf(data),
        },
        width,
      ),
    columns: [
      { name: 'quantile', head: 'share' },
      { name: 'from_due_ms', head: data.open ? 'from due, ms' : 'latency, ms' },
      { name: 'from_sending_ms', head: 'from sending, ms' },
    ],
    rows: fromDue.map(({ q, ms }, index) => [q, ms, fromSending[index]!.ms]),
  };
}
