import type { EChartsCoreOption } from 'echarts/core';
import type { InstancesCurve } from '../study/index.ts';
import { formatRatio } from './format.ts';
import { dot, marks, rect, type Shape, text } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { distinct } from './series.ts';
import { sizeWords } from './study-words.ts';
import { cellPaint, paint } from './theme.ts';

const margin = { top: 8, left: 46, right: 8, bottom: 30 };
const rowHeight = 46;

/**
 * The best number of instances over size × batch. A cell says the number, in parentheses others that are as good within
 * the intervals, and below how much it gains over the fewest; darker where more instances are best.
 */
export function bestChart(curves: readonly InstancesCurve[], width: number): Chart {
  const sizes = [...new Set(curves.map(({ dims }) => sizeWords(dims)))];
  const batches = distinct(curves.map(({ batch }) => batch));
  const cellWidth = Math.min(130, (width - margin.left - margin.right) / sizes.length);
  const height = margin.top + margin.bottom + rowHeight * batches.length;
  const most = Math.max(...curves.flatMap(({ points }) => points.map(({ instances }) => instances)));
  const shapes = curves.flatMap((curve) => {
    const column = sizes.indexOf(sizeWords(curve.dims));
    const row = batches.length - 1 - batches.indexOf(curve.batch);
    return cellShapes(
      curve,
      [margin.left + column * cellWidth, margin.top + row * rowHeight],
      cellWidth,
      most,
    );
  });
  const option: EChartsCoreOption = {
    grid: { ...margin, right: width - margin.left - cellWidth * sizes.length, containLabel: false },
    xAxis: axis(sizes),
    yAxis: axis(batches.map(String)),
    series: [
      marks(() => [
        ...shapes,
        text([margin.left - 8, height - 16], 'items', { fill: paint('muted'), align: 'right' }),
      ]),
    ],
  };
  return { option, width, height };
}

function axis(names: readonly string[]): EChartsCoreOption {
  return {
    type: 'category',
    data: names,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: paint('muted'), fontSize: 12, interval: 0 },
  };
}

function cellShapes(
  { points, best, asGood }: InstancesCurve,
  [x, y]: readonly [number, number],
  width: number,
  most: number,
): Shape[] {
  const chosen = points.find(({ instances }) => instances === best)!;
  const { fill, ink } = cellPaint(most > 1 ? Math.log2(best) / Math.log2(most) : 0);
  const others = asGood.length === 0 || width < 84 ? '' : ` (${asGood.join(', ')})`;
  const middle = x + width / 2;
  const gain = points.length < 2 ? 'only one' : `${formatRatio(chosen.speedUp.ratio)}×`;
  return [
    rect([x + 2, y + 2], [width - 4, rowHeight - 4], { fill }, 3),
    text([middle, y + 16], `${best}${others}`, { fill: ink, align: 'center', fontSize: 15 }),
    text([middle, y + 33], gain, { fill: ink, align: 'center', fontSize: 11 }),
    ...(chosen.trusted ? [] : [dot([x + width - 9, y + 9], 2.75, ink, fill)]),
  ];
}
