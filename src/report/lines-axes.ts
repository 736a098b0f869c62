import type { EChartsCoreOption } from 'echarts/core';
import { formatNumber } from './format.ts';
import type { LogScale } from './log-scale.ts';
import { paint } from './theme.ts';

/** The log₂ axis along the bottom. @param room Width of the plot in pixels. */
export function xAxis(xs: readonly number[], name: string, room: number): EChartsCoreOption {
  const positions = xs.map(Math.log2);
  const low = Math.min(...positions);
  const high = Math.max(...positions);
  const rest = Math.max((high - low) * 0.06, 0.06);
  const pixels = (value: number): number =>
    ((Math.log2(value) - low + rest) / (high - low + 2 * rest)) * room;
  return {
    ...axisBase(labelledOf(xs, pixels).map(Math.log2), low - rest, high + rest),
    name,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: paint('muted'), fontSize: 12 },
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: paint('ideal') } },
  };
}

/** Width of a digit, and the least distance between two labels. */
const digitWidth = 7;
const labelGap = 7;

/** The values whose labels have room: the largest, the powers of two, and then the others. */
function labelledOf(xs: readonly number[], pixels: (value: number) => number): number[] {
  const kept: number[] = [];
  const widthOf = (value: number): number => tickText(value).length * digitWidth;
  const fits = (value: number): boolean =>
    kept.every(
      (other) => Math.abs(pixels(value) - pixels(other)) >= (widthOf(value) + widthOf(other)) / 2 + labelGap,
    );
  const isPower = (value: number): boolean => Number.isInteger(Math.log2(value));
  for (const value of [...xs.slice(-1), ...xs.toReversed().filter(isPower), ...xs])
    if (fits(value)) kept.push(value);
  return kept.sort((a, b) => a - b);
}

/** The axis of the values. */
export function valueAxis({ ticks, low, high }: LogScale, axis: 'log' | 'linear'): EChartsCoreOption {
  const base = axisBase(ticks, low, high);
  const common = {
    splitLine: { show: true, lineStyle: { color: paint('grid') } },
    axisLine: { show: false },
  };
  if (axis === 'log') return { ...base, ...common };
  const formatter = (value: number): string => `${tickText(value).replace('-', '−')} %`;
  return { ...base, ...common, axisLabel: { ...(base['axisLabel'] as object), formatter } };
}

function axisBase(ticks: readonly number[], min: number, max: number): EChartsCoreOption {
  return {
    type: 'value',
    min,
    max,
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      color: paint('muted'),
      fontSize: 12,
      customValues: ticks,
      formatter: (value: number) => tickText(2 ** value),
    },
  };
}

/** A value as ticks have it. */
export function tickText(value: number): string {
  return formatNumber(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}
