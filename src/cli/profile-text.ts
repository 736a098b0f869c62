import type { Point, ProfileResult } from '../profile/index.ts';
import { formatInterval, formatMs, formatNumber } from '../report/format.ts';
import { profileSummary } from './profile-summary.ts';
import { formatTable } from './table.ts';

/** What `--json` prints of a profile. */
export function profileDocument(model: string, result: ProfileResult): object {
  const { points, leftOut } = result;
  return { model, ...profileSummary(result), leftOutCells: leftOut, points };
}

/** The counts of a profile in one line. */
export function summarySentence(result: ProfileResult): string {
  const { measured, disturbed, failed, reused, leftOut, seconds } = profileSummary(result);
  return `${measured} cells measured in ${formatNumber(seconds)} s (${reused} were there already), ${disturbed} disturbed, ${failed} failed, ${leftOut} left out by the budget`;
}

/** A row for each point. */
export function formatPoints(points: readonly Point[], width: number): string {
  return formatTable(
    points,
    [
      { title: 'threads', align: 'right', value: ({ settings }) => String(settings.threads) },
      { title: 'batch', align: 'right', value: ({ settings }) => String(settings.batch) },
      { title: 'mode', value: ({ settings }) => settings.mode },
      {
        title: 'median',
        align: 'right',
        value: (point) => (point.state === 'measured' ? formatMs(point.stats.medianMs) : '–'),
      },
      {
        title: '95 % interval',
        align: 'right',
        value: (point) => (point.state === 'measured' ? formatInterval(point.stats.interval) : '–'),
      },
      {
        title: 'items/s',
        align: 'right',
        value: (point) =>
          point.state === 'measured'
            ? formatNumber((1000 * point.settings.batch) / point.stats.medianMs)
            : '–',
      },
      {
        title: 'runs',
        align: 'right',
        value: (point) => (point.state === 'measured' ? String(point.stats.count) : '0'),
      },
      { title: 'verdict', value: verdictText },
    ],
    width,
  );
}

function verdictText(point: Point): string {
  if (point.state === 'failed') return `${point.failure}: ${point.message}`;
  const { trusted, disturbances, visitsLeftOut } = point.verdict;
  if (!trusted) return disturbances.map(({ kind }) => kind).join(', ');
  return visitsLeftOut > 0 ? `ok, ${visitsLeftOut} disturbed visits left out` : 'ok';
}
