import { type Line, linesChart } from './lines-chart.ts';
import type { Chart } from './render-chart.ts';
import { type MeasuredPoint, type Rate, rateOfInstance, type Series } from './series.ts';
import { batchPaint } from './theme.ts';

/** Median batch latency over threads, a line per batch. */
export function latencyChart(series: readonly Series[], width: number): Chart {
  const lines = linesOf(series, ({ stats }) => ({ value: stats.medianMs, interval: stats.interval }));
  return linesChart({ lines, xName: 'threads', ideal: 'halves' }, width);
}

/** Items per second of one instance over threads, a line per batch. */
export function throughputChart(series: readonly Series[], width: number): Chart {
  return linesChart({ lines: linesOf(series, rateOfInstance), xName: 'threads', ideal: 'doubles' }, width);
}

function linesOf(series: readonly Series[], measure: (point: MeasuredPoint) => Rate): Line[] {
  return series.map(({ batch, points }, index) => ({
    label: `batch ${batch}`,
    color: batchPaint(index, series.length),
    points: points.map((point) => ({
      x: point.settings.threads,
      trusted: point.verdict.trusted,
      ...measure(point),
    })),
  }));
}
