import type { SpeedUp } from '../trial/types.ts';
import { drawInterval } from './draw-interval.ts';
import { html, type Markup } from './html.ts';

/** The common range of all strips: every interval as it is drawn, and 1, in the logarithm. */
export function speedUpScale(speedups: readonly SpeedUp[]): readonly [number, number] {
  const ends = speedups.flatMap(({ interval, ratio }) => drawInterval(interval, ratio).ends).map(Math.log);
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  const room = Math.max(0.02, (high - low) * 0.06);
  return [low - room, high + room];
}

/** A small strip that shows the interval of a ratio beside 1; words say the same above it, hence hidden from readers. */
export function speedUpStrip(
  { ratio, interval }: SpeedUp,
  [low, high]: readonly [number, number],
  color: string,
): Markup {
  const { ends } = drawInterval(interval, ratio);
  const at = (value: number): string => `${(((Math.log(value) - low) / (high - low)) * 100).toFixed(1)}%`;
  return html`<svg class="strip" height="22" width="100%" aria-hidden="true"><line x1="0" x2="100%" y1="7" y2="7" stroke="var(--line)"/><line x1="${at(1)}" x2="${at(1)}" y1="1" y2="13" stroke="var(--muted)"/><text x="${at(1)}" y="22" dx="-3" font-size="10" fill="var(--muted)">1</text><line x1="${at(ends[0])}" x2="${at(ends[1])}" y1="7" y2="7" stroke="var(--${color})" stroke-width="5" opacity=".45"/><circle cx="${at(ratio)}" cy="7" r="5" fill="var(--${color})"/></svg>`;
}
