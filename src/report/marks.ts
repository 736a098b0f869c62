/** Shapes drawn in a chart's pixels through ECharts' custom series: what its ready-made series do not offer. */
import type { EChartsCoreOption } from 'echarts/core';
import type { DrawnInterval } from './draw-interval.ts';
import { paint } from './theme.ts';

/** A shape for a custom series, as zrender takes it. */
export type Shape = Readonly<Record<string, unknown>>;

/** Where a pair of axis values lies, in pixels. */
export type Locate = (x: number, y: number) => readonly [number, number];

/** A series that draws `shapes`; `z` orders it among the others. */
export function marks(shapes: (locate: Locate) => readonly Shape[], z = 3): EChartsCoreOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z,
    data: [[0, 0]],
    renderItem: (_params: unknown, api: { coord: (value: readonly number[]) => [number, number] }) => ({
      type: 'group',
      children: shapes((x, y) => api.coord([x, y])),
    }),
  };
}

/** A straight line. */
export function line(from: readonly [number, number], to: readonly [number, number], style: object): Shape {
  const [x1, y1] = from.map(crisp) as [number, number];
  const [x2, y2] = to.map(crisp) as [number, number];
  return { type: 'line', shape: { x1, y1, x2, y2 }, style: { fill: 'none', lineWidth: 1, ...style } };
}

/** A rectangle. */
export function rect(
  [x, y]: readonly [number, number],
  [width, height]: readonly [number, number],
  style: object,
  r = 0,
): Shape {
  return {
    type: 'rect',
    shape: { x: crisp(x), y: crisp(y), width: crisp(width), height: crisp(height), r },
    style,
  };
}

/** A dot; hollow, so that `hollow` shows in it, where the point is not to be trusted. */
export function dot(
  [cx, cy]: readonly [number, number],
  r: number,
  color: string,
  hollow: string | null,
): Shape {
  const style = { fill: hollow ?? color, stroke: color, lineWidth: hollow ? 1.75 : 1 };
  return { type: 'circle', shape: { cx: crisp(cx), cy: crisp(cy), r }, style };
}

/** A diamond: predicted, not measured. */
export function diamond([x, y]: readonly [number, number], r: number, color: string): Shape {
  const points = [
    [x, y - r],
    [x + r, y],
    [x, y + r],
    [x - r, y],
  ].map((corner) => corner.map(crisp));
  return {
    type: 'polygon',
    shape: { points },
    style: { fill: paint('page'), stroke: color, lineWidth: 1.75 },
  };
}

/** A line of text; `halo` sets it off from lines behind it. */
export function text([x, y]: readonly [number, number], content: string, style: object = {}): Shape {
  const base = { text: content, fill: paint('ink'), fontSize: 12, align: 'left', verticalAlign: 'middle' };
  return { type: 'text', x: crisp(x), y: crisp(y), style: { ...base, ...style } };
}

/** A whisker from one end of an interval to the other, along either axis, with a cap at each end that is not cut. */
export function whisker(
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  isCut: DrawnInterval['isCut'],
): Shape {
  const [x1, y1] = from.map(crisp) as [number, number];
  const [x2, y2] = to.map(crisp) as [number, number];
  const upright = Math.abs(x1 - x2) < Math.abs(y1 - y2);
  const cap = (x: number, y: number): string =>
    upright ? `M${x - 3.5} ${y}L${x + 3.5} ${y}` : `M${x} ${y - 3.5}L${x} ${y + 3.5}`;
  const caps = [cap(x1, y1), cap(x2, y2)].filter((_, end) => !isCut[end]);
  const pathData = `M${x1} ${y1}L${x2} ${y2}${caps.join('')}`;
  return { type: 'path', shape: { pathData }, style: { fill: 'none', stroke: color, lineWidth: 1.5 } };
}

function crisp(value: number): number {
  return Math.round(value * 10) / 10;
}
