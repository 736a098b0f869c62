import { linearAxis } from './load-axis.ts';
import { clockOf, deadlineOf, type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords, rateFinding } from './load-findings.ts';
import type { LoadPageData } from './load-page-data.ts';
import { percentileColumns, percentileFields, percentilesChart } from './load-percentiles.ts';

/** Latency over the rate at which requests came. */
export function rateFigure(
  data: LoadPageData,
  { foot, base }: FigureSource,
  { bins, widthMs }: NonNullable<LoadPageData['evidence']['byRate']>,
): LoadFigure {
  return {
    id: 'over-rate',
    file: `${base}-latency-over-rate`,
    title: rateFinding(data),
    subtitle: `Latency of the answers to the requests due while they came at about the same rate, ${clockOf(data)}; ms, logarithmic, over requests due per second in each ${eachWords(widthMs)}. A percentile is that of all answers of its rate together.`,
    note: 'A queue that an earlier rush left behind counts with the rate at which its victims came.',
    foot,
    chart: percentilesChart(bins, ({ perSecond }) => perSecond, {
      x: linearAxis(Math.max(...bins.map(({ perSecond }) => perSecond))),
      xName: 'requests due per second',
      levels: deadlineOf(data),
    }),
    columns: [
      { name: 'due_per_s', head: 'due/s' },
      { name: 'seconds', head: 'for, s' },
      { name: 'due', head: 'due' },
      { name: 'ok', head: 'ok' },
      { name: 'answers', head: 'answers' },
      ...percentileColumns,
    ],
    rows: bins.map((bin) => [
      bin.perSecond,
      seconds(bin.totalMs),
      bin.due,
      bin.ok,
      bin.answers,
      ...percentileFields(bin),
    ]),
  };
}
