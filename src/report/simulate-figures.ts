import { formatNumber } from './format.ts';
import { linearAxis, logAxis, timeAxis } from './load-axis.ts';
import { type LoadLine, loadChart } from './load-chart.ts';
import { defined, type FigureSource, type LoadFigure, seconds } from './load-figure.ts';
import { eachWords } from './load-findings.ts';
import type { SimulatePageData } from './simulate-page-data.ts';
import {
  type AnswersWindow,
  answersWindows,
  binned,
  middlesOf,
  mostlyHaveP99,
  noP99,
  type Windows,
} from './simulate-windows.ts';
import { latencyFinding } from './simulate-words.ts';
import { batchPaint, type Paint, paint } from './theme.ts';

/** The first columns of every figure. */
export const windowColumns: LoadFigure['columns'] = [
  { name: 'from_s', head: 'from, s' },
  { name: 'to_s', head: 'to, s' },
];

/** The fields of `windowColumns`. */
export const windowFields = ({ edges }: Windows, at: number): [number, number] => [
  seconds(edges[at]!),
  seconds(edges[at + 1]!),
];

/** Requests and, where they are others, items per second. */
export function arrivalsFigure(
  { stream }: SimulatePageData,
  windows: Windows,
  { foot, base }: FigureSource,
): LoadFigure {
  const { edges, widthMs } = windows;
  const ofItems = binned(windows, stream.arrivedMs, (at) => stream.items?.[at] ?? 1);
  const perSecond = (count: number, at: number): number => count / seconds(edges[at + 1]! - edges[at]!);
  const requests = ofItems.map((own, at) => perSecond(own.length, at));
  const items = ofItems.map((own, at) =>
    perSecond(
      own.reduce((sum, one) => sum + one, 0),
      at,
    ),
  );
  const differ = items.some((rate, at) => rate !== requests[at]);
  const line = (label: string, color: Paint, rates: readonly number[]): LoadLine => ({
    ...{ label, color: paint(color) },
    points: middlesOf(windows).map((ms, at) => [ms, rates[at]!]),
  });
  const lines = [line('requests', 'plan', requests), ...(differ ? [line('items', 'thin', items)] : [])];
  return {
    id: 'load',
    file: `${base}-load`,
    title: `${formatNumber(perMean(stream.arrivedMs))} requests/s in the mean, ${formatNumber(Math.max(...requests))} at most`,
    subtitle: `Requests${differ ? ' and items' : ''} that came per second, over each ${eachWords(widthMs)}.`,
    foot,
    chart: (width) =>
      loadChart(
        {
          ...{ x: timeAxis(edges.at(-1)!), xName: 'from the start', lines },
          y: linearAxis(Math.max(...requests, ...items)),
        },
        width,
      ),
    columns: [
      ...windowColumns,
      { name: 'requests_per_s', head: 'requests/s' },
      { name: 'items_per_s', head: 'items/s' },
    ],
    rows: requests.map((rate, at) => [...windowFields(windows, at), rate, items[at]!]),
  };
}

const perMean = (arrivedMs: ArrayLike<number>): number =>
  arrivedMs.length / seconds(Math.max(1, arrivedMs[arrivedMs.length - 1]!));

/** Latency of every policy over time. */
export function latencyFigure(
  { stream, policies }: SimulatePageData,
  windows: Windows,
  { foot, base }: FigureSource,
): LoadFigure {
  const all = policies.map(({ name, answeredAfterMs }) => ({
    name,
    windows: answersWindows(windows, stream.arrivedMs, answeredAfterMs),
  }));
  const own = all[0]!.windows;
  const enough = mostlyHaveP99(own);
  const name = enough ? 'p99' : 'mean';
  const msOf = ({ p99Ms, meanMs }: AnswersWindow): number | null => (enough ? p99Ms : meanMs);
  const middles = middlesOf(windows);
  const lines = all.map(
    (one, at): LoadLine => ({
      label: one.name,
      color: policyColor(one.name, at, all.length),
      points: one.windows.map((window, place) => [middles[place]!, msOf(window)]),
    }),
  );
  const x = timeAxis(windows.edges.at(-1)!);
  const y = logAxis(defined(lines.flatMap(({ points }) => points.map(([, ms]) => ms))));
  return {
    id: 'latency',
    file: `${base}-latency`,
    title: latencyFinding(name, all),
    subtitle: `${enough ? 'p99' : 'Mean'} of the answers to the requests that came in each ${eachWords(windows.widthMs)}, from arrival to answer; ms, logarithmic.`,
    note: enough ? null : noP99,
    foot,
    // The first lies on top.
    chart: (width) => loadChart({ x, y, xName: 'from the start', lines: lines.toReversed() }, width),
    columns: [
      ...windowColumns,
      ...all.flatMap((one) => [
        { name: `${one.name}_mean_ms`, head: `${one.name}, mean, ms` },
        { name: `${one.name}_p99_ms`, head: `${one.name}, p99, ms` },
      ]),
    ],
    rows: own.map((_, at) => [
      ...windowFields(windows, at),
      ...all.flatMap((one) => [one.windows[at]!.meanMs, one.windows[at]!.p99Ms]),
    ]),
  };
}

const policyPaints: Readonly<Record<string, Paint>> = {
  load: 'plan',
  fat: 'fat',
  thin: 'thin',
  packrat: 'other',
  'packrat-paper': 'default',
  'best-static': 'ink',
};

function policyColor(name: string, at: number, count: number): string {
  const own = policyPaints[name];
  return own === undefined ? batchPaint(at, count) : paint(own);
}
