import type { ChangeState, ModelState, StateDocument } from '../state-types.ts';
import { drawLines, timeScale } from './charts.ts';
import { byId, draw, type El } from './dom.ts';
import { showNumber, showPlural } from './format.ts';
import { setWords } from './words.ts';

/** A time in which a set was in force, or another one was loaded. */
export interface Band {
  readonly fromSecondsAgo: number;
  readonly toSecondsAgo: number;
  readonly text: string;
}

/** The set, the size of its batches and the latency, over the same time. */
export function showTimeline(
  { server }: StateDocument,
  { changes, plan, curves }: ModelState,
  seconds: number,
): void {
  const bands = bandsOf(changes, setWords(plan.groups), Math.min(seconds, server.upSeconds));
  const loading = loadingOf(changes, seconds);
  drawBands(byId('set-bands'), bands, loading, seconds);
  const last = curves.batch.findLast((value) => value !== null) ?? null;
  drawLines(byId('set-batch'), {
    ...{ seconds, logarithmic: false, height: 120 },
    label: `Items of a batch in the mean: ${showNumber(last)}`,
    curves: [{ name: 'batch', colour: 'var(--plan)', values: curves.batch }],
  });
  drawLines(byId('set-latency'), {
    ...{ seconds, logarithmic: true, height: 140, label: 'Latency, p50 and p99, ms' },
    marks: bands.slice(0, -1).map(({ fromSecondsAgo }) => ({ secondsAgo: fromSecondsAgo, text: '' })),
    curves: [
      { name: 'p99', colour: 'var(--b9)', values: curves.p99Ms },
      { name: 'p50', colour: 'var(--b0)', values: curves.p50Ms },
    ],
  });
}

/** The sets in force over the last seconds, the newest first. @param changes The newest first. */
export function bandsOf(changes: readonly ChangeState[], present: string, seconds: number): Band[] {
  const done = changes.filter(({ state }) => state === 'done');
  const takenOver = done.map((change) => change.secondsAgo - (change.durationMs ?? 0) / 1000);
  const names = [present, ...done.map(({ from }) => setWords(from))];
  return names
    .map((text, index) => ({
      text,
      fromSecondsAgo: Math.min(seconds, takenOver[index] ?? seconds),
      toSecondsAgo: index === 0 ? 0 : Math.max(0, takenOver[index - 1]!),
    }))
    .filter(({ fromSecondsAgo, toSecondsAgo }) => toSecondsAgo < fromSecondsAgo);
}

/** When other sets were loaded, of those that took over and those that failed. */
export function loadingOf(changes: readonly ChangeState[], seconds: number): Band[] {
  return changes
    .map(({ secondsAgo, durationMs, to }) => ({
      text: setWords(to),
      fromSecondsAgo: Math.min(seconds, secondsAgo),
      toSecondsAgo: durationMs === null ? 0 : Math.max(0, secondsAgo - durationMs / 1000),
    }))
    .filter(({ fromSecondsAgo, toSecondsAgo }) => toSecondsAgo < fromSecondsAgo);
}

/** Sets as bands, each set in its colour; below them when others were loaded. */
export function drawBands(host: El, bands: readonly Band[], loading: readonly Band[], seconds: number): void {
  const { width, left, right, x } = timeScale(host, seconds);
  const height = 46;
  const place = ({ fromSecondsAgo, toSecondsAgo }: Band): { x: number; width: number } => {
    const at = Math.max(left, x(fromSecondsAgo));
    return { x: at, width: Math.max(1, x(toSecondsAgo) - at) };
  };
  const colours = ['--plan', '--thin', '--default', '--fat', '--b4', '--b9'];
  const names = [...new Set(bands.map(({ text }) => text))].toSorted();
  const svg = draw('svg', {
    ...{ viewBox: `0 0 ${width} ${height}`, height, role: 'img' },
    'aria-label': `Sets in force: ${bands
      .map(({ text }) => text)
      .toReversed()
      .join(', then ')}`,
  });
  for (const band of bands) {
    const at = place(band);
    const fill = `var(${colours[names.indexOf(band.text) % colours.length]})`;
    svg.append(
      draw('rect', { ...at, y: 4, height: 26, rx: 2, fill, 'fill-opacity': 0.22 }, titled(band, 'in force')),
      draw('rect', { x: at.x, width: 2, y: 4, height: 26, fill }),
    );
    if (at.width > 7 * band.text.length + 12)
      svg.append(draw('text', { class: 'end', x: at.x + 8, y: 21 }, band.text));
  }
  for (const band of loading)
    svg.append(
      draw('rect', { ...place(band), y: 34, height: 6, rx: 2, fill: 'var(--muted)' }, titled(band, 'loaded')),
    );
  if (loading.length > 0) svg.append(draw('text', { x: width - right + 18, y: 41 }, 'loading'));
  host.replaceChildren(svg);
}

/** What is said of a band where the pointer rests on it. */
export function titled({ text, fromSecondsAgo, toSecondsAgo }: Band, state: string): El {
  const lasted = Math.max(1, Math.round(fromSecondsAgo - toSecondsAgo));
  return draw('title', {}, `${text} ${state} for ${showPlural(lasted, 'second')}`);
}
