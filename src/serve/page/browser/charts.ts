import { draw, type El } from './dom.ts';
import { showNumber } from './format.ts';

/** A curve of a chart. */
export interface Curve {
  readonly name: string;
  /** A CSS colour. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** How it is dashed; default: not. */
  readonly dash?: string;
}

/** A chart over the last seconds. */
export interface LineChart {
  readonly curves: readonly Curve[];
  readonly seconds: number;
  readonly logarithmic: boolean;
  /** In px. Default 200. */
  readonly height?: number;
  /** Moments that are marked, each with a word. Default: none. */
  readonly marks?: readonly Mark[];
  /** What is shown, for those who don't see it. */
  readonly label: string;
}

/** Something happened. */
export interface Mark {
  readonly secondsAgo: number;
  readonly text: string;
}

interface Scale {
  readonly ticks: readonly number[];
  readonly y: (value: number) => number;
}

/** Round numbers from 0 up to above the largest. */
export function linearTicks(most: number): number[] {
  if (most <= 0) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  return Array.from({ length: Math.max(1, Math.ceil(most / step - 1e-9)) + 1 }, (_, index) => index * step);
}

/** 1, 2, 5 of each power of ten, from the one below the least to the one above the largest; few enough to be read. */
export function logTicks(least: number, most: number): number[] {
  const all = Array.from(
    { length: 40 },
    (_, index) => [1, 2, 5][index % 3]! * 10 ** (Math.floor(index / 3) - 4),
  );
  const first = Math.max(
    0,
    all.findLastIndex((tick) => tick <= least),
  );
  const last = all.findIndex((tick) => tick >= most);
  const ticks = all.slice(first, (last < 0 ? all.length : Math.max(last, first + 1)) + 1);
  return ticks.length <= 6
    ? ticks
    : ticks.filter(
        (tick, index) => index === 0 || index === ticks.length - 1 || /^0*\.?0*1/.test(String(tick)),
      );
}

/** Where times lie in a chart, the same in all of them: the edges of the plot, and the place of a moment so many seconds ago. */
export function timeScale(
  host: El,
  seconds: number,
): {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly x: (back: number) => number;
} {
  const [width, left, right] = [Math.max(260, host.clientWidth), 46, 96];
  return { width, left, right, x: (back) => width - right - (back / (seconds - 1)) * (width - right - left) };
}

/** Draws curves whose last value is now. */
export function drawLines(
  host: El,
  { curves, seconds, logarithmic, height = 200, marks = [], label }: LineChart,
): void {
  const { width, left, right, x } = timeScale(host, seconds);
  const [top, bottom] = [10, 24];
  const shown = curves.map((curve) => ({ ...curve, values: curve.values.slice(-seconds) }));
  const known = shown.flatMap(({ values }) =>
    values.filter((value) => value !== null && (!logarithmic || value > 0)),
  ) as number[];
  const scale = scaleOf(known, logarithmic, [height - bottom, top]);
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': label });
  for (const tick of scale.ticks) {
    const y = scale.y(tick);
    svg.append(
      draw('line', {
        x1: left,
        x2: width - right,
        y1: y,
        y2: y,
        stroke: tick === 0 ? 'var(--ideal)' : 'var(--grid)',
      }),
      draw('text', { x: left - 8, y: y + 4, 'text-anchor': 'end' }, showNumber(tick)),
    );
  }
  for (const share of [1, 0.5, 0]) {
    const back = share * (seconds - 1);
    const anchor = share === 1 ? 'start' : share === 0 ? 'end' : 'middle';
    svg.append(
      draw(
        'text',
        { x: x(back), y: height - 5, 'text-anchor': anchor },
        backWords(Math.round(share * seconds)),
      ),
    );
  }
  svg.append(...drawMarks(marks, seconds, x, [top, height - bottom]));
  for (const curve of shown)
    svg.append(
      draw('path', {
        ...{ d: pathOf(curve.values, x, scale.y), fill: 'none', stroke: curve.colour, 'stroke-width': 2 },
        ...{
          'stroke-linejoin': 'round',
          'stroke-linecap': 'round',
          'stroke-dasharray': curve.dash ?? 'none',
        },
      }),
    );
  svg.append(...endLabels(shown, scale, { at: width - right, top, floor: height - bottom }));
  host.replaceChildren(svg);
}

/** Upright lines; of words that would lie on each other the newer is shown. */
export function drawMarks(
  marks: readonly Mark[],
  seconds: number,
  x: (back: number) => number,
  [top, floor]: readonly [number, number],
): El[] {
  let freeFrom = Number.POSITIVE_INFINITY;
  return marks
    .filter(({ secondsAgo }) => secondsAgo < seconds)
    .toSorted((a, b) => a.secondsAgo - b.secondsAgo)
    .flatMap(({ secondsAgo, text }) => {
      const at = x(secondsAgo);
      const line = draw('line', {
        ...{ x1: at, x2: at, y1: top, y2: floor, stroke: 'var(--muted)', 'stroke-dasharray': '2 3' },
      });
      const ends = at + 4 + 6.5 * text.length;
      if (ends > freeFrom) return [line];
      freeFrom = at;
      return [line, draw('text', { x: at + 4, y: top + 10 }, text)];
    });
}

/** Where values lie; without any, an empty scale. */
export function scaleOf(
  known: readonly number[],
  logarithmic: boolean,
  [low, high]: readonly [number, number],
): Scale {
  const most = known.length === 0 ? 1 : Math.max(...known);
  const ticks = logarithmic
    ? logTicks(known.length === 0 ? 0.1 : Math.min(...known), most)
    : linearTicks(most);
  const place = (value: number): number => (logarithmic ? Math.log(Math.max(value, ticks[0]!)) : value);
  const [from, to] = [place(ticks[0]!), place(ticks.at(-1)!)];
  return { ticks, y: (value) => low - ((place(value) - from) / (to - from || 1)) * (low - high) };
}

/** `now`, `30 s`, `5 min` ago. */
export function backWords(seconds: number): string {
  if (seconds === 0) return 'now';
  return seconds % 60 === 0 ? `${seconds / 60} min ago` : `${seconds} s ago`;
}

/** A line through what there is; a value alone is a dot. */
export function pathOf(
  values: readonly (number | null)[],
  x: (back: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let pen = false;
  values.forEach((value, index) => {
    if (value === null) {
      pen = false;
      return;
    }
    const point = `${x(values.length - 1 - index).toFixed(1)} ${y(value).toFixed(1)}`;
    path += pen ? `L${point}` : `M${point}h0`;
    pen = true;
  });
  return path;
}

/** Names and last values beside the curves' ends, moved apart where they would lie on each other. */
export function endLabels(
  curves: readonly Curve[],
  scale: Scale,
  { at, top, floor }: { readonly at: number; readonly top: number; readonly floor: number },
): El[] {
  const labels = curves
    .map(({ name, colour, values }) => {
      const last = values.findLast((value) => value !== null) ?? null;
      return { name, colour, last, y: last === null ? floor : scale.y(last) };
    })
    .sort((a, b) => a.y - b.y);
  const height = 15;
  let above = top - height;
  for (const label of labels) above = label.y = Math.max(label.y, above + height);
  let below = floor + height;
  for (const label of labels.toReversed()) below = label.y = Math.min(label.y, below - height);
  return labels.flatMap(({ name, colour, last, y }) => [
    draw('circle', { cx: at + 9, cy: y, r: 4, fill: colour }),
    draw('text', { class: 'end', x: at + 18, y: y + 4 }, `${name} ${showNumber(last)}`),
  ]);
}

/** The busy share of an instance over time, as an area; gaps stay empty and are marked below. */
export function drawLane(values: readonly (number | null)[], seconds: number, height: number): El {
  const shown = values.slice(-seconds);
  const width = seconds;
  const svg = draw('svg', {
    viewBox: `0 0 ${width} ${height}`,
    height,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  svg.append(draw('rect', { x: 0, y: 0, width, height, fill: 'var(--surface)' }));
  const from = width - shown.length;
  let area = '';
  let gaps = '';
  const first = shown.findIndex((value) => value !== null);
  shown.forEach((value, index) => {
    const x = from + index;
    if (value !== null && value > 0)
      area += `M${x} ${height}v${(-value * height).toFixed(1)}h1.05V${height}z`;
    if (value === null && first >= 0 && index > first) gaps += `M${x} 0h1.05v${height}h-1.05z`;
  });
  svg.append(
    draw('path', { d: area, fill: 'var(--plan)' }),
    draw('path', { d: gaps, fill: 'var(--fat)', 'fill-opacity': 0.45 }),
  );
  return svg;
}

/** Shares of batches by their size: horizontal bars. */
export function drawBars(
  host: El,
  rows: readonly { readonly name: string; readonly share: number; readonly note: string }[],
  label: string,
): void {
  const [width, left, right] = [Math.max(260, host.clientWidth), 62, 120];
  const step = Math.max(13, Math.min(34, 190 / Math.max(1, rows.length)));
  const height = Math.max(200, rows.length * step + 10);
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': label });
  svg.append(draw('line', { x1: left, x2: left, y1: 0, y2: height, stroke: 'var(--ideal)' }));
  rows.forEach(({ name, share, note }, index) => {
    const y = 6 + index * step;
    const bar = Math.max(2, share * (width - left - right));
    svg.append(
      draw('text', { x: left - 8, y: y + step / 2 + 1, 'text-anchor': 'end' }, name),
      draw('rect', { x: left, y, width: bar, height: step - 6, fill: 'var(--plan)' }),
      draw('text', { class: 'end', x: left + bar + 8, y: y + step / 2 + 1 }, note),
    );
  });
  host.replaceChildren(svg);
}
