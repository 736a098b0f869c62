import type { SearchStep } from '../load/index.ts';
import { safeName } from './downloads.ts';
import { formatMs, formatNumber } from './format.ts';
import { logAxis } from './load-axis.ts';
import type { Lane, Level } from './load-chart.ts';
import { type LoadFigure, loadFoot } from './load-figure.ts';
import {
  type PercentilesMs,
  percentileColumns,
  percentileFields,
  percentilesChart,
  tellingPercentile,
} from './load-percentiles.ts';
import type { SearchPageData } from './search-page-data.ts';
import { type Paint, paint } from './theme.ts';

type Step = SearchStep & PercentilesMs;

/** Latency over every rate that was tried, with the limits across it; null: no step ran to its end. */
export function searchFigure(data: SearchPageData): LoadFigure | null {
  const steps = data.found.steps.map(withPercentiles).toSorted((a, b) => a.rate - b.rate);
  if (steps.length === 0) return null;
  const levels = levelsOf(data);
  return {
    id: 'over-rate',
    file: `${safeName(data.model)}-latency-over-rate`,
    title: findingOf(steps),
    subtitle: `Latency of the answers from the moment a request was due, by the generator’s clock; ms, over the rate that was asked for in each step, requests per second; both logarithmic.${levels.length > 0 ? ' Dashed: the limits.' : ''} Above: how the steps ended.`,
    note: steps.some(({ repeated }) => repeated)
      ? 'A rate with two points was tried twice: the first step did not decide.'
      : null,
    foot: loadFoot({ ...data, countedFrom: data.found.startedAt.toISOString() }),
    chart: percentilesChart(
      steps,
      ({ rate }) => rate,
      {
        x: logAxis(steps.map(({ rate }) => rate)),
        xName: 'requests per second',
        lanes: lanesOf(steps),
        levels,
      },
      levels.map(({ value }) => value),
    ),
    columns: [
      { name: 'rate_per_s', head: 'requests/s' },
      { name: 'sent', head: 'requests' },
      { name: 'answers_per_s', head: 'answers/s' },
      ...percentileColumns,
    ],
    rows: steps.map((step) => [
      step.rate,
      step.summary.sent,
      step.summary.answersPerSecond,
      ...percentileFields(step),
    ]),
  };
}

function withPercentiles(step: SearchStep): Step {
  const { latencyMs } = step.summary;
  return {
    ...step,
    p50Ms: latencyMs?.p50 ?? null,
    p90Ms: latencyMs?.p90 ?? null,
    p99Ms: latencyMs?.p99 ?? null,
  };
}

function findingOf(steps: readonly Step[]): string {
  const telling = tellingPercentile(steps, 1);
  if (telling === null) return 'Nothing was answered at any rate';
  const [first, last] = [telling.known[0]!, telling.known.at(-1)!];
  const tail = first === last ? '' : ` and ${formatMs(last.ms)} at ${formatNumber(last.place.rate)}`;
  return `${telling.name} is ${formatMs(first.ms)} at ${formatNumber(first.place.rate)} requests/s${tail}`;
}

/** Limits of the percentiles that are drawn. */
function levelsOf({ found }: SearchPageData): Level[] {
  return found.limits
    .filter(({ metric }) => metric === 'p50' || metric === 'p90' || metric === 'p99')
    .map(({ bound, text }) => ({ value: bound, label: text }));
}

const lanes: readonly (readonly [SearchStep['state'], label: string, color: Paint])[] = [
  ['held', 'held', 'thin'],
  ['failed', 'failed', 'fat'],
  ['undecided', 'not sure', 'other'],
  ['behind', 'generator', 'default'],
];

/** A step is a mark at its rate; on the logarithmic axis all are as wide. */
function lanesOf(steps: readonly Step[]): Lane[] {
  return lanes.flatMap(([state, label, color]) => {
    const marks = steps
      .filter((step) => step.state === state)
      .map(({ rate }) => ({ from: rate / 1.01, to: rate * 1.01, share: 1 }));
    return marks.length === 0 ? [] : [{ label: `${label} ${marks.length}`, color: paint(color), marks }];
  });
}
