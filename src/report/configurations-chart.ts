import type { EChartsCoreOption } from 'echarts/core';
import type { ConfigurationRow } from './configurations.ts';
import { drawInterval } from './draw-interval.ts';
import { formatGroups, formatNumber } from './format.ts';
import { diamond, type Locate, marks, rect, type Shape, text, whisker } from './marks.ts';
import { boldUntil, type Chart } from './render-chart.ts';
import { paint } from './theme.ts';

const margin = { top: 4, left: 2, right: 66, bottom: 24 };

/** A bar per configuration from zero, with its interval, and a diamond where it was predicted. */
export function configurationsChart(rows: readonly ConfigurationRow[], width: number): Chart {
  const isNarrow = width < 450;
  const height = margin.top + margin.bottom + (isNarrow ? 76 : 58) * rows.length;
  const most = Math.max(...rows.flatMap((row) => [drawnEnd(row), row.predictedMs ?? 0]));
  const option: EChartsCoreOption = {
    grid: { ...margin, containLabel: false },
    xAxis: {
      type: 'value',
      min: 0,
      max: most * 1.02,
      splitNumber: isNarrow ? 3 : 5,
      axisLabel: { color: paint('muted'), fontSize: 12, showMaxLabel: false, alignMinLabel: 'left' },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: paint('grid') }, showMaxLine: false },
    },
    yAxis: { type: 'value', show: false, min: 0, max: rows.length, inverse: true },
    series: [marks((locate) => rows.flatMap((row, index) => rowShapes(row, index, locate, width)))],
  };
  return { option, width, height };
}

function drawnEnd({ measured }: ConfigurationRow): number {
  return measured ? drawInterval(measured.interval, measured.medianMs).ends[1] : 0;
}

function rowShapes(row: ConfigurationRow, index: number, locate: Locate, width: number): Shape[] {
  const color = paint(row.paint);
  const [left, top] = locate(0, index);
  const [, bottom] = locate(0, index + 1);
  const middle = bottom - 18;
  const at = (ms: number): [number, number] => [locate(ms, index)[0], middle];
  const shapes = labelsOf(row, width).map((label, rank) =>
    text([left, top + 16 + 18 * rank], label, { fill: paint('muted') }),
  );
  if (row.measured) shapes.push(...measuredShapes(row.measured, at, left, color));
  if (row.predictedMs !== null) shapes.push(diamond(at(row.predictedMs), 5.5, paint('ink')));
  const shown = row.measured?.medianMs ?? row.predictedMs ?? 0;
  const end = Math.max(at(drawnEnd(row))[0], at(row.predictedMs ?? 0)[0]);
  const label = `${formatNumber(shown)} ms`;
  return [...shapes, text([end + 10, middle], label, { fontWeight: row.isWinner ? 'bold' : 'normal' })];
}

/** Name and words, on two lines where they are narrow; groups in short where words would leave the chart. */
function labelsOf({ name, words, groups }: ConfigurationRow, width: number): string[] {
  const isNarrow = width < 450;
  // 6.4 px a letter is a wide font's.
  const fits = (words.length + (isNarrow ? 0 : name.length + 1)) * 6.4 < width;
  const shown = fits ? words : formatGroups(groups);
  return isNarrow ? [`${name}${boldUntil}`, shown] : [`${name}${boldUntil}${shown}`];
}

function measuredShapes(
  { medianMs, interval, trusted }: NonNullable<ConfigurationRow['measured']>,
  at: (ms: number) => [number, number],
  left: number,
  color: string,
): Shape[] {
  const [end, middle] = at(medianMs);
  const style = trusted ? { fill: color } : { fill: paint('page'), stroke: color, lineWidth: 1.75 };
  const bar = rect([left, middle - 9], [end - left, 18], style, 2);
  const { ends, isCut } = drawInterval(interval, medianMs);
  return [bar, whisker(at(ends[0]), at(ends[1]), paint('ink'), isCut)];
}
