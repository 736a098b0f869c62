import { linearAxis, timeAxis } from './load-axis.ts';
import { loadChart } from './load-chart.ts';
import { type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords, flowFinding } from './load-findings.ts';
import type { LoadPageData } from './load-page-data.ts';
import { paint } from './theme.ts';

/** Requests due, sent and answered per second. */
export function flowFigure(data: LoadPageData, { foot, base }: FigureSource): LoadFigure {
  const { flow, flowMs } = data.evidence;
  const rate = (count: number, window: (typeof flow)[number]): number =>
    count / seconds(window.toMs - window.fromMs);
  const kinds = [
    ...(data.open ? [{ key: 'due', color: paint('default'), isThin: true } as const] : []),
    { key: 'sent', color: paint('plan') } as const,
    { key: 'answered', color: paint('thin') } as const,
  ];
  const unanswered = flow.some((window) => window.unanswered > 0)
    ? [{ key: 'unanswered', color: paint('fat') } as const]
    : [];
  const lines = [...kinds, ...unanswered].map(({ key, ...look }) => ({
    label: key,
    ...look,
    points: flow.map((window) => [(window.fromMs + window.toMs) / 2, rate(window[key], window)] as const),
  }));
  const most = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)));
  return {
    id: 'flow',
    file: `${base}-requests-per-second`,
    title: flowFinding(data),
    subtitle: `Counted requests per second, each at the moment it was ${data.open ? 'due, ' : ''}sent and answered (right or wrong)${unanswered.length > 0 ? ' or ended without an answer' : ''}; over each ${eachWords(flowMs)} of ${data.generators.length > 1 ? 'the wall clock' : 'the generator’s clock'}.`,
    foot,
    chart: (width) =>
      loadChart(
        { x: timeAxis(flow.at(-1)!.toMs), y: linearAxis(most), xName: 'from the end of the warm-up', lines },
        width,
      ),
    columns: [
      { name: 'from_s', head: 'from, s' },
      { name: 'to_s', head: 'to, s' },
      { name: 'due_per_s', head: 'due/s' },
      { name: 'sent_per_s', head: 'sent/s' },
      { name: 'answered_per_s', head: 'answered/s' },
      { name: 'unanswered_per_s', head: 'unanswered/s' },
    ],
    rows: flow.map((window) => [
      seconds(window.fromMs),
      seconds(window.toMs),
      ...[window.due, window.sent, window.answered, window.unanswered].map((count) => rate(count, window)),
    ]),
  };
}
