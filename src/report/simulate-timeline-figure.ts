import { linearAxis, logAxis, timeAxis } from './load-axis.ts';
import { type Lane, type LoadLine, loadChart } from './load-chart.ts';
import { defined, type FigureSource, type LoadFigure } from './load-figure.ts';
import { eachWords } from './load-findings.ts';
import { windowColumns, windowFields } from './simulate-figures.ts';
import type { SimulatedPolicyData, SimulatePageData } from './simulate-page-data.ts';
import { lanesOf, stretchesOf } from './simulate-sets.ts';
import {
  type AnswersWindow,
  answersWindows,
  batchWindows,
  binned,
  middlesOf,
  mostlyHaveP99,
  noP99,
  type Windows,
} from './simulate-windows.ts';
import { batchesFinding, timelineFinding } from './simulate-words.ts';
import { paint } from './theme.ts';

/** Which set was in force when, and what requests saw of it. */
export function timelineFigure(
  { stream }: SimulatePageData,
  policy: SimulatedPolicyData,
  windows: Windows,
  { foot, base }: FigureSource,
): LoadFigure {
  const { name, changes, answeredAfterMs } = policy;
  const { edges, widthMs } = windows;
  const spanMs = edges.at(-1)!;
  const own = answersWindows(windows, stream.arrivedMs, answeredAfterMs);
  const lines = linesOf(own, middlesOf(windows));
  const y = logAxis(defined(lines.flatMap(({ points }) => points.map(([, ms]) => ms))));
  const lanes = [...lanesOf(policy, spanMs), ...unansweredLane(own, edges)];
  const stretches = stretchesOf(policy, spanMs);
  const decided = decidedIn(windows, changes);
  return {
    id: `timeline-${name}`,
    file: `${base}-${name}-timeline`,
    title: timelineFinding(policy, spanMs),
    subtitle: `Above: the set in force, ⟨instances,threads,largest batch⟩, and when a change was decided. Below: latency of the answers to the requests that came in each ${eachWords(widthMs)}; ms, logarithmic.`,
    note: mostlyHaveP99(own) ? null : noP99,
    foot,
    chart: (width) => loadChart({ x: timeAxis(spanMs), y, xName: 'from the start', lines, lanes }, width),
    columns: [
      ...windowColumns,
      { name: 'due', head: 'came' },
      { name: 'unanswered', head: 'not answered' },
      { name: 'mean_ms', head: 'mean, ms' },
      { name: 'p99_ms', head: 'p99, ms' },
      { name: 'decided', head: 'changes decided' },
      { name: 'set', head: 'set at the end' },
    ],
    rows: own.map(({ due, unanswered, meanMs, p99Ms }, at) => [
      ...windowFields(windows, at),
      ...[due, unanswered, meanMs, p99Ms, decided[at]!],
      stretches.findLast(({ from }) => from <= edges[at + 1]!)!.set,
    ]),
  };
}

function linesOf(own: readonly AnswersWindow[], middles: readonly number[]): LoadLine[] {
  const p99 = {
    label: 'p99',
    color: paint('fat'),
    points: own.map(({ p99Ms }, at) => [middles[at]!, p99Ms] as const),
  };
  const mean = {
    label: 'mean',
    color: paint('plan'),
    points: own.map(({ meanMs }, at) => [middles[at]!, meanMs] as const),
  };
  return mostlyHaveP99(own) ? [p99, mean] : [mean];
}

function unansweredLane(own: readonly AnswersWindow[], edges: readonly number[]): Lane[] {
  const spans = own.map(({ unanswered, due }, at) => ({
    ...{ from: edges[at]!, to: edges[at + 1]! },
    share: unanswered / Math.max(1, due),
  }));
  const marks = spans.filter(({ share }) => share > 0);
  return marks.length === 0 ? [] : [{ label: 'not answered', color: paint('fat'), marks }];
}

function decidedIn(windows: Windows, changes: SimulatedPolicyData['changes']): number[] {
  const moments = changes.map(({ decidedMs }) => decidedMs);
  return binned(windows, moments, () => 1).map(({ length }) => length);
}

/** How many items the batches had over time. */
export function batchesFigure(
  policy: SimulatedPolicyData,
  windows: Windows,
  { foot, base }: FigureSource,
): LoadFigure {
  const { name, batches } = policy;
  const own = batchWindows(windows, batches);
  const middles = middlesOf(windows);
  const points = own.map(({ meanItems }, at) => [middles[at]!, meanItems] as const);
  const y = linearAxis(Math.max(...defined(own.map(({ meanItems }) => meanItems))));
  const lines: LoadLine[] = [{ label: 'items', color: paint('plan'), points }];
  return {
    id: `batches-${name}`,
    file: `${base}-${name}-batches`,
    title: batchesFinding(policy, windows),
    subtitle: `Items of a batch, the mean of those that began in each ${eachWords(windows.widthMs)}.`,
    foot,
    chart: (width) =>
      loadChart({ x: timeAxis(windows.edges.at(-1)!), y, xName: 'from the start', lines }, width),
    columns: [
      ...windowColumns,
      { name: 'batches', head: 'batches' },
      { name: 'mean_items', head: 'items of one, mean' },
    ],
    rows: own.map(({ batches: count, meanItems }, at) => [...windowFields(windows, at), count, meanItems]),
  };
}
