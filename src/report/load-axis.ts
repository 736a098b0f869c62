import { formatNumber } from './format.ts';
import { logScale } from './log-scale.ts';

/** An axis: values are brought onto it by `at`; its ends and ticks lie on it already. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
  /** The words at a tick. */
  readonly label: (tick: number) => string;
}

/** Seconds, minutes or hours from 0 to a moment in ms. */
export function timeAxis(spanMs: number): Axis {
  const [unitMs, unit] =
    spanMs >= 3 * 3_600_000 ? [3_600_000, 'h'] : spanMs >= 300_000 ? [60_000, 'min'] : [1000, 's'];
  const ticks = evenTicks(spanMs / unitMs).map((tick) => tick * unitMs);
  return {
    low: 0,
    high: spanMs,
    ticks,
    at: (ms) => ms,
    label: (ms) => `${plain(ms / unitMs)} ${unit}`,
  };
}

/** From 0 to a little above the greatest value. */
export function linearAxis(greatest: number): Axis {
  const high = greatest > 0 ? greatest * 1.06 : 1;
  return { low: 0, high, ticks: evenTicks(high), at: (value) => value, label: (tick) => plain(tick) };
}

/** A logarithmic axis over the values, all above 0; one decade where there is none. */
export function logAxis(values: readonly number[]): Axis {
  const { low, high, ticks } = logScale(values.length === 0 ? [1, 10] : values);
  return { low, high, ticks, at: Math.log2, label: (tick) => plain(2 ** tick) };
}

/** Percentiles by log₁₀ of 1/(1−q), so that each nine has the same width. @param count Samples; the axis ends with the longest. */
export function percentileAxis(count: number): Axis {
  const high = Math.max(1, Math.log10(Math.max(1, count)));
  const nines = Array.from({ length: Math.floor(high) + 1 }, (_, power) => power);
  const ticks = [...nines, Math.log10(2)].filter((tick) => tick <= high).sort((a, b) => a - b);
  return {
    low: 0,
    high,
    ticks,
    at: (q) => -Math.log10(1 - q),
    label: (tick) => `${Number((100 * (1 - 10 ** -tick)).toPrecision(8))} %`,
  };
}

function evenTicks(greatest: number): number[] {
  const power = 10 ** Math.floor(Math.log10(greatest));
  const step = ([0.1, 0.2, 0.5, 1, 2].find((digit) => greatest / (digit * power) <= 6) ?? 5) * power;
  return Array.from({ length: Math.floor(greatest / step + 1e-9) + 1 }, (_, index) => index * step);
}

/** A number without trailing zeros. */
function plain(value: number): string {
  return formatNumber(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}
