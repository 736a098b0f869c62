import type { Point } from '../../profile/index.ts';
import { formatInterval, formatMs, formatNumber } from '../../report/format.ts';
import { parseFlags } from '../flags.ts';
import { runProfile } from '../measure.ts';
import { gridSchema } from '../measuring-flags.ts';
import { profileSummary } from '../profile-summary.ts';
import { openSession } from '../session.ts';
import { formatTable } from '../table.ts';

/** `thinfer profile MODEL`: measures cells over threads × batch. */
export async function profileCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(gridSchema, rawFlags);
  await using session = await openSession(name, flags);
  const { terminal } = session;
  const result = await runProfile(session, flags, flags.budget ?? null);
  if (terminal.json) {
    const { points, leftOut } = result;
    const summary = { model: session.model.name, ...profileSummary(result), leftOutCells: leftOut, points };
    terminal.print(JSON.stringify(summary, null, 2));
    return;
  }
  terminal.print(formatPoints(result.points, terminal.width));
  const { measured, disturbed, failed, reused, leftOut, seconds } = profileSummary(result);
  terminal.print(
    `\n${measured} cells measured in ${formatNumber(seconds)} s (${reused} were there already), ${disturbed} disturbed, ${failed} failed, ${leftOut} left out by the budget`,
  );
}

function formatPoints(points: readonly Point[], width: number): string {
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
